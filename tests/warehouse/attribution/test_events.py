"""What is admitted, when it happened and what it is worth, whatever the client sent (domain rules, section 3)."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Story = Generator[str, None, None]
T = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def clocks(t: Any) -> None:
    t.event("skewed", T, client_at=T - 3 * HOUR, sent_at=T - 2 * HOUR)
    t.event("no_client", T, sent_at=T - HOUR)
    t.event("no_sent", T, client_at=T - HOUR)
    t.event("future", T, client_at=T + HOUR, sent_at=T)
    t.event("late", T, client_at=T - timedelta(days=31), sent_at=T)
    t.event("absurd", T, client_at=datetime(1, 1, 1, tzinfo=UTC), sent_at=datetime(9999, 12, 31, tzinfo=UTC))


def money(t: Any) -> None:
    values: list[tuple[str, dict[str, Any]]] = [
        ("text", {"total": "12.34"}), ("float", {"revenue": 0.1 + 0.2}), ("value", {"value": 5}), ("half", {"total": "0.005"}),
        ("yen", {"total": "1250", "currency": "jpy"}), ("dinar", {"total": "1.2345", "currency": "KWD"}), ("nan", {"total": "NaN"}),
        ("words", {"total": "twelve"}), ("huge", {"total": 1e300}), ("comma", {"total": "1,234.50"}), ("list", {"total": [1, 2]}),
        ("nowhere", {"total": "5", "currency": "XXZ"}), ("nothing", {}), ("empty", {"total": ""}),
    ]  # fmt: skip
    for name, properties in values:
        t.event("Order Completed", T, message_id=name, properties={"order_id": name, **properties})


def oddities(t: Any) -> None:
    """Nothing here may stop the batch."""
    for n, properties in enumerate(
        [[], "text", 7, None, {"order_id": {"a": 1}, "coupon": {"b": 2}, "total": {"c": 3}}, {"coupon": [None, 1, "x"]}]
    ):
        t.event("Order Completed", T, message_id=f"odd{n}", properties=properties, context=[])
    t.event(None, T, context={"page": {"url": "https://x.example/%zz%FF%00?utm_campaign=%C3%28"}, "campaign": "not an object"})
    t.event("Order Refunded", T, properties={"total": "1"})


def campaign_parameters(t: Any) -> None:
    t.event(
        None, T, message_id="url", context={"page": {"url": "https://x.example/A/?utm_campaign=spring%20sale&utm_source=pod#f"}}
    )
    t.event(
        None,
        T,
        message_id="both",
        context={"page": {"url": "https://x.example/?utm_campaign=url"}, "campaign": {"name": "context"}},
    )


CASES = [clocks, money, oddities, campaign_parameters]


def events(tenant: Any, key: str = "message_id") -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in tenant.rows("intermediate.int_events_admitted")}


def test_the_clients_clock_is_corrected_by_the_servers(cases: dict[str, Any]) -> None:
    found = {name: row["occurred_at"] - T for name, row in events(cases["clocks"], "event_name").items()}
    assert found == {
        "skewed": -HOUR, "no_client": timedelta(0), "no_sent": -HOUR, "future": HOUR, "late": timedelta(days=-31),
        "absurd": timedelta(0),
    }  # fmt: skip


def test_late_and_future_events_are_flagged_not_dropped(cases: dict[str, Any]) -> None:
    found = events(cases["clocks"], "event_name")
    assert [name for name, row in found.items() if row["is_future"]] == ["future"]
    assert [name for name, row in found.items() if row["is_late"]] == ["late"]
    assert found["future"]["uncorrected_at"] == T + HOUR


@pytest.mark.parametrize(
    ("name", "value", "currency", "malformed"),
    [
        ("text", 1234, "USD", False), ("float", 30, "USD", False), ("value", 500, "USD", False), ("yen", 1250, "JPY", False),
        ("dinar", 1235, "KWD", False), ("nan", None, "USD", True), ("words", None, "USD", True), ("huge", None, "USD", True),
        ("comma", None, "USD", True), ("nowhere", None, "USD", True), ("list", None, "USD", True), ("nothing", None, "USD", False),
        ("empty", None, "USD", False), ("half", 1, "USD", False),
    ],
)  # fmt: skip
def test_money_is_read_exactly_or_flagged(
    cases: dict[str, Any], name: str, value: int | None, currency: str, malformed: bool
) -> None:
    row = events(cases["money"])[name]
    assert (row["value_minor"], row["currency"], row["is_value_malformed"]) == (value, currency, malformed)


def test_a_conversion_whose_amount_cannot_be_read_still_counts(cases: dict[str, Any]) -> None:
    conversions = {row["order_id"]: row for row in cases["money"].conversions()}
    assert len(conversions) == 14
    assert (conversions["nan"]["value_minor"], conversions["nan"]["is_value_malformed"]) == (0, True)


def test_odd_bodies_take_no_batch_along(cases: dict[str, Any]) -> None:
    assert len(events(cases["oddities"])) == 8
    assert len(cases["oddities"].conversions()) == 6


def test_campaign_parameters_come_from_the_context_or_the_url(cases: dict[str, Any]) -> None:
    found = events(cases["campaign_parameters"])
    assert (found["url"]["utm_campaign"], found["url"]["utm_source"], found["url"]["url_path"]) == ("spring sale", "pod", "/a")
    assert found["both"]["utm_campaign"] == "context"


def a_message_counts_once_and_its_first_body_stays(tenant: Any) -> Story:
    tenant.campaign("a")
    tenant.purchase(T, order="o1", total="1.00", message_id="one")
    tenant.purchase(T, order="o1", total="1.00", message_id="one")
    # Earlier by its clock, and a later delivery all the same.
    tenant.purchase(T - HOUR, order="o2", total="2.00", message_id="one")
    yield "incremental"
    first = tenant.credits()
    assert [row["value_minor"] for row in first] == [100]
    tenant.purchase(T - 2 * HOUR, order="o3", total="3.00", message_id="one")
    tenant.purchase(T - 2 * HOUR, order="o1", total="1.00", message_id="one")
    yield "incremental"
    assert tenant.credits() == first
    conflicts = tenant.rows("intermediate.int_event_conflicts")
    assert len(conflicts) == 2
    yield "full"
    assert tenant.credits() == first
    assert len(tenant.rows("intermediate.int_event_conflicts")) == 2


def an_order_reported_by_two_messages_is_one_conversion(tenant: Any) -> Story:
    tenant.purchase(T, order="o1", total="1.00")
    tenant.purchase(T + HOUR, order="o1", total="1.00", person=None, user_id="server")
    yield "incremental"
    assert len(tenant.conversions()) == 1


def an_imported_order_verifies_and_stands_alone_otherwise(tenant: Any) -> Story:
    campaign = tenant.campaign("a")
    tenant.code(campaign, "POD")
    tenant.click("a", T - HOUR)
    tenant.purchase(T, order="o1", total="1.00")
    tenant.purchase(T, order="o2", total="5.00", person="nobody")
    tenant.order("o1", T + HOUR, 110)
    tenant.order("o3", T, 250, code="pod")
    yield "incremental"
    found = {row["order_id"]: (row["value_minor"], row["is_verified"], row["owner_touch_kind"]) for row in tenant.conversions()}
    assert found == {"o1": (110, True, "click"), "o2": (500, False, "unattributed"), "o3": (250, True, "code")}
    assert tenant.performance()[str(campaign)]["verified_revenue_minor"] == 360


def a_forged_order_is_worth_nothing_verified(tenant: Any) -> Story:
    """A write key is public: who names an order first must not decide what it was worth, nor take back what a shop has signed."""
    campaign = str(tenant.campaign("a"))
    yield "incremental"
    tenant.click("a", T - HOUR)
    for number in range(20):
        tenant.click("a", T - HOUR, person=f"mallory{number}")
        tenant.purchase(T, order=f"forged{number}", total="1000.00", person=f"mallory{number}")
    tenant.purchase(T, order="real", total="9000.00")
    tenant.purchase(T + HOUR, order="real", total="40.00", person=None, user_id="server", verification="signed")
    for verification in ("bad_signature", "stale", "unchecked"):
        tenant.purchase(T, order=verification, total="500.00", person=f"mallory{verification}", verification=verification)
    live = tenant.performance(live=True)[campaign]["verified_revenue_minor"]
    yield "incremental"
    assert tenant.performance()[campaign]["verified_revenue_minor"] == live == 4_000
    tenant.refund(T + 2 * HOUR, order="real", total="40.00")
    assert tenant.performance(live=True)[campaign]["verified_revenue_minor"] == 4_000
    tenant.refund(T + 3 * HOUR, order="real", total="15.00", verification="signed")
    assert tenant.performance(live=True)[campaign]["verified_revenue_minor"] == 2_500
    yield "incremental"
    assert tenant.performance()[campaign]["verified_revenue_minor"] == 2_500
    (order,) = [row for row in tenant.conversions() if row["order_id"] == "real" and row["conversion_kind"] == "purchase"]
    assert (order["value_minor"], order["anonymous_id"], order["owner_touch_kind"]) == (4_000, "anna", "click")


def the_books_say_what_was_taken_back(tenant: Any) -> Story:
    campaign = str(tenant.campaign("a"))
    tenant.click("a", T - HOUR)
    tenant.purchase(T, order="o1", total="10.00")
    tenant.refund(T + HOUR, order="o1", total="9.00")
    tenant.order("o1", T, 1_000, refunded_minor=250)
    yield "incremental"
    figures = tenant.performance()[campaign]
    assert (figures["revenue_minor"], figures["verified_revenue_minor"], figures["conversions"]) == (750, 750, 1)


STORIES = (
    a_message_counts_once_and_its_first_body_stays,
    an_order_reported_by_two_messages_is_one_conversion,
    an_imported_order_verifies_and_stands_alone_otherwise,
    a_forged_order_is_worth_nothing_verified,
    the_books_say_what_was_taken_back,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_builds_hold_each_order_once_at_its_worth(story: Any, told: Callable[[Any], None]) -> None:
    told(story)
