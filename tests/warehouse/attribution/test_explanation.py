"""One conversion explained: each reason for which a touch or a code does not count, planted once; who sees it; and how fast."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.marts.conversions import list_conversions
from api.marts.errors import NotFoundError
from api.marts.explanation import explain_conversion
from api.marts.models import MODELS
from api.marts.models.explanation import Explanation
from api.marts.warehouse import Warehouse

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
HOME: dict[str, Any] = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}


def other_sponsor(t: Any) -> uuid.UUID:
    sponsor, site = uuid.uuid4(), uuid.uuid4()
    t.insert("app.sponsors", sponsor_id=sponsor, name="Rival")
    t.insert("app.sites", site_id=site, sponsor_id=sponsor, name="R", domain="r.example", write_key=uuid.uuid4().hex)
    t.campaign("theirs", sponsor=sponsor)
    return site


def a_path_of_every_kind(t: Any) -> None:
    a = t.campaign("a")
    t.placement(a, vanity="/pod")
    t.code(a, "POD")
    t.exposure(T - 6 * DAY)
    t.event(None, T - 5 * DAY, anonymous_id="anna", context={"page": {"url": "https://shop.example/pod"}})
    t.click("a", T - 4 * DAY)
    t.click("a", T - 3 * DAY)
    t.purchase(T, properties={"coupon": "pod"}, **HOME)


def clicks_of_the_home_and_of_the_buyer(t: Any) -> None:
    t.campaign("a")
    t.campaign("b")
    t.click("a", T - 2 * DAY)
    t.click("b", T - DAY, "bert", **HOME)
    t.purchase(T, **HOME)
    t.event("Order Completed", T + DAY, anonymous_id="carl", properties={"order_id": "o2", "total": "5"}, **HOME)
    t.click("b", T + DAY / 2, "bert", **HOME)


def touches_of_another_sponsor(t: Any) -> None:
    site = other_sponsor(t)
    t.campaign("a")
    t.click("a", T - 2 * DAY)
    t.click("theirs", T - DAY, site_id=site)
    t.purchase(T)


def a_campaign_of_another_goal(t: Any) -> None:
    t.campaign("leads", goal="lead")
    t.click("leads", T - DAY)
    t.purchase(T)


def a_touch_after_the_conversion(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    t.click("a", T + SECOND)


def a_touch_before_the_previous_conversion(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - 3 * DAY)
    t.purchase(T - 2 * DAY, order="earlier")
    t.purchase(T, order="later")


def a_touch_a_second_beyond_the_window(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - timedelta(seconds=2_592_001))
    t.purchase(T)


def an_exposure_at_an_office(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - DAY, ip_class="corporate")
    t.purchase(T, **HOME)


def an_exposure_on_a_phone_a_day_and_a_second_before(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - DAY - SECOND, ip_class="mobile")
    t.purchase(T, **HOME)


def the_link_of_another_conversion(t: Any) -> None:
    t.campaign("a")
    t.purchase(T - DAY, order="linked", context={"campaign": {"name": "a"}})
    t.purchase(T, order="bare")


def an_order_without_consent(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - DAY)
    t.purchase(T, has_consent=False)


def an_order_from_an_office(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - DAY)
    t.purchase(T, **{**HOME, "ip_class": "vpn"})


def an_order_of_the_books(t: Any) -> None:
    t.campaign("a")
    t.order("o9", T, 500)


def codes_of_every_fate(t: Any) -> None:
    a = t.campaign("a")
    t.code(a, "FIRST")
    t.code(a, "SECOND")
    t.code(a, "SOON", ("2026-06-16", "2026-07-01"))
    t.code(a, "GONE", ("2026-01-01", "2026-03-16"))
    t.code(t.campaign("leads", goal="lead"), "LEADS")
    other_sponsor(t)
    rival = t.execute("select campaign_id from app.campaigns where tenant_id = %s and utm_campaign = 'theirs'", t.tenant_id)
    t.code(rival[0]["campaign_id"], "RIVAL")
    t.purchase(T, properties={"coupon": "first, second, soon, gone, rival, anna@example.com"})
    t.event("Order Completed", T + DAY, user_id="bob", properties={"order_id": "o2", "total": "5", "coupon": "leads"})


def a_refund(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - 2 * DAY)
    t.purchase(T, total="10.00")
    t.refund(T + 3 * DAY, total="3.00")


def a_path_of_a_thousand_touches(t: Any) -> None:
    t.campaign("a")
    t.execute(
        "insert into raw.collector_events (tenant_id, site_id, received_at, message_id, kind, anonymous_id, context, properties, "
        "body_sha256, run_id) select %s, %s, %s - n * interval '40 minutes', 'k' || n, 'page', 'anna', "
        """'{"campaign": {"name": "a"}}', '{}', sha256('x'), 't' from generate_series(1, 1500) as n""",
        t.tenant_id, t.site, T,
    )  # fmt: skip
    t.purchase(T, total="1000.00")


CASES = [
    clicks_of_the_home_and_of_the_buyer,
    a_path_of_every_kind, touches_of_another_sponsor, a_campaign_of_another_goal, a_touch_after_the_conversion,
    a_touch_before_the_previous_conversion, a_touch_a_second_beyond_the_window, an_exposure_at_an_office,
    an_exposure_on_a_phone_a_day_and_a_second_before, the_link_of_another_conversion, an_order_without_consent,
    an_order_from_an_office, an_order_of_the_books, codes_of_every_fate, a_refund, a_path_of_a_thousand_touches,
]  # fmt: skip


@pytest.fixture(scope="module")
def explain(cases: dict[str, Any]) -> Callable[..., Explanation]:
    """Of a case, its conversion explained: the last one, or the one that `place` says in order of time."""

    def run(case: Callable[..., None], place: int = -1, **asked: Any) -> Explanation:
        tenant = cases[case.__name__]
        conversion = tenant.conversions()[place]["conversion_id"]
        with Warehouse(tenant.url) as warehouse, warehouse.tenant(tenant.tenant_id) as c:
            return explain_conversion(c, conversion, **asked)

    return run


def test_the_path_with_every_weight_and_what_owns_it(explain: Any) -> None:
    said = explain(a_path_of_every_kind)
    assert [(touch.position, touch.touch_kind) for touch in said.path] == [
        (1, "exposure"), (2, "vanity"), (3, "click"), (4, "click"), (5, "code"),
    ]  # fmt: skip
    assert [touch.age_s for touch in said.path] == [6 * 86400, 5 * 86400, 4 * 86400, 3 * 86400, 0]
    for place, model in enumerate(MODELS):
        credit = [touch.credit[place] for touch in said.path]
        assert {one.model for one in credit} == {model}
        assert sum(one.weight for one in credit) == 1 and sum(one.amount.amount for one in credit) == Decimal("100.00")
    assert [(one.kind, one.strength, one.touches, one.is_owner) for one in said.evidence] == [
        ("click", 1, 2, True), ("vanity", 2, 1, False), ("code", 3, 1, False), ("exposure", 4, 1, False),
    ]  # fmt: skip
    assert said.owner.explanation == (
        "Owned by the strongest evidence: click link, the latest of 2. "
        "It goes before vanity path, promo code and household exposure."
    )
    assert said.codes[0].status == "credited" and said.matching.household == "matched_by" and said.not_eligible == []
    assert said.versions.exposure_window_s == 2_592_000 and len(said.versions.rules_version) == 12


@pytest.mark.parametrize(
    ("case", "reason", "words"),
    [
        (touches_of_another_sponsor, "other_sponsor", "another sponsor's"),
        (a_campaign_of_another_goal, "other_goal", "does not aim at a purchase"),
        (a_touch_after_the_conversion, "after_conversion", "came 1 s after"),
        (a_touch_before_the_previous_conversion, "before_previous_conversion", "previous conversion"),
        (a_touch_a_second_beyond_the_window, "outside_window", "came 30 d 1 s before the conversion; the window is 30 d."),
        (an_exposure_at_an_office, "unusable_ip", "no household"),
        (an_exposure_on_a_phone_a_day_and_a_second_before, "mobile_window", "counts for 24 h, and this was 1 d 1 s before"),
        (the_link_of_another_conversion, "of_another_conversion", "link of another conversion"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_touch_that_did_not_count_says_why(explain: Any, case: Any, reason: str, words: str) -> None:
    said = explain(case)
    assert [(touch.reason, count.touches) for touch, count in zip(said.not_eligible, said.not_eligible_counts, strict=True)] == [
        (reason, 1)
    ]
    assert words in said.not_eligible[0].explanation
    assert said.not_eligible[0].touch_id not in {touch.touch_id for touch in said.path}


@pytest.mark.parametrize(
    ("case", "status"),
    [(an_order_without_consent, "no_consent"), (an_order_from_an_office, "unusable_ip"), (an_order_of_the_books, "not_reported")],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_why_no_household_was_matched(explain: Any, case: Any, status: str) -> None:
    said = explain(case)
    assert said.matching.household == status
    assert said.path == [] and said.owner.explanation.endswith("unattributed.") and said.owner.campaign_id is None


def test_the_buyers_own_click_owns_and_another_of_the_home_is_no_proof(explain: Any) -> None:
    """The later click of another browser of the home once owned the order as if the buyer had clicked."""
    bought, tied = (explain(clicks_of_the_home_and_of_the_buyer, place) for place in (0, 1))
    own, of_home = bought.path
    assert own.campaign_id != of_home.campaign_id
    assert (bought.owner.campaign_id, bought.owner.is_deterministic) == (own.campaign_id, True)
    assert (tied.owner.campaign_id, tied.owner.evidence, tied.owner.is_deterministic) == (of_home.campaign_id, "click", False)
    assert "Nothing but the household ties it" in tied.owner.explanation


def test_each_code_says_what_became_of_it_and_nobodys_is_not_repeated(explain: Any) -> None:
    said = explain(codes_of_every_fate, 0)
    assert {code.code: code.status for code in said.codes} == {
        "FIRST": "credited", "SECOND": "later_code", "SOON": "not_yet_valid", "GONE": "expired", "RIVAL": "other_sponsor",
        None: "unknown",
    }  # fmt: skip
    assert "ANNA@" not in said.model_dump_json().upper()
    assert explain(codes_of_every_fate, 1).codes[0].status == "other_goal"


def test_a_refund_shows_its_orders_path_and_its_own_amounts(explain: Any) -> None:
    said = explain(a_refund)
    assert said.conversion.conversion_kind == "refund" and said.conversion.origin_conversion_id is not None
    assert [(touch.age_s, touch.credit[0].amount.amount) for touch in said.path] == [(2 * 86400, Decimal("-3.00"))]
    assert said.not_eligible == []


def test_a_sponsor_sees_its_own_and_nothing_of_another(explain: Any, cases: dict[str, Any]) -> None:
    tenant = cases["touches_of_another_sponsor"]
    said = explain(touches_of_another_sponsor, sponsor_id=tenant.sponsor)
    assert len(said.path) == 1 and said.not_eligible == [] and said.not_eligible_counts == []
    with pytest.raises(NotFoundError):
        explain(touches_of_another_sponsor, sponsor_id=uuid.uuid4())
    codes = explain(codes_of_every_fate, 0, sponsor_id=cases["codes_of_every_fate"].sponsor).codes
    assert "RIVAL" not in {code.code for code in codes} and codes[-1].count == 2


def test_no_other_tenant_sees_it(cases: dict[str, Any]) -> None:
    ours, theirs = cases["a_refund"], cases["a_path_of_every_kind"]
    conversion = ours.conversions()[0]["conversion_id"]
    with Warehouse(ours.url) as warehouse, warehouse.tenant(theirs.tenant_id) as c, pytest.raises(NotFoundError):
        explain_conversion(c, conversion)


def test_nothing_of_a_person_is_told(explain: Any, cases: dict[str, Any]) -> None:
    for case in CASES:
        text = explain(case).model_dump_json()
        for row in cases[case.__name__].conversions():
            for key in ("household_hash", "anonymous_id", "user_id"):
                value = row[key]
                shown = bytes(value).hex() if isinstance(value, bytes | memoryview) else value
                assert not shown or f'"{shown}"' not in text, (case.__name__, key)


def test_a_thousand_touches_are_explained_at_once(explain: Any) -> None:
    """40 minutes apart over 30 days: 1,080 count and the 420 before them do not; the nearest 200 of those are shown."""
    said = explain(a_path_of_a_thousand_touches)
    assert len(said.path) == 1_080 and len(said.not_eligible) == 200
    assert [(one.reason, one.touches) for one in said.not_eligible_counts] == [("outside_window", 420)]
    assert sum(touch.credit[2].amount.amount for touch in said.path) == Decimal("1000.00")


def test_a_campaign_lists_its_conversions_newest_first_and_each_once(cases: dict[str, Any]) -> None:
    tenant = cases["a_refund"]
    campaign = tenant.conversions()[0]["owner_campaign_id"]
    with Warehouse(tenant.url) as warehouse, warehouse.tenant(tenant.tenant_id) as c:
        both = list_conversions(c, campaign)
        first = list_conversions(c, campaign, limit=1)
        second = list_conversions(c, campaign, (first[0].converted_at, first[0].conversion_id), limit=1)
        with pytest.raises(NotFoundError):
            list_conversions(c, uuid.uuid4())
    assert [one.conversion_kind for one in both] == ["refund", "purchase"] and first + second == both
    assert all(one.is_owner and one.touches == 1 and one.credit[0].weight == 1 for one in both)
    many = cases["a_path_of_a_thousand_touches"]
    with Warehouse(many.url) as warehouse, warehouse.tenant(many.tenant_id) as c:
        (one,) = list_conversions(c, many.conversions()[0]["owner_campaign_id"])
    assert (one.touches, one.path_length, one.credit[2].weight) == (1_080, 1_080, 1)
