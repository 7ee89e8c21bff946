"""A survey answer is the weakest evidence: whose it is, when it counts, what it goes behind, and that credit still sums."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.marts.evidence import campaign_evidence
from api.marts.explanation import explain_conversion
from api.marts.warehouse import Warehouse

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME: dict[str, Any] = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}


def answer(t: Any, said: str, at: datetime = T + HOUR, order: str | None = "o1", person: str = "anna") -> None:
    properties = {"answer": said} | ({"order_id": order} if order else {})
    t.event("Survey Answered", at, anonymous_id=person, properties=properties)


def show(t: Any, title: str) -> uuid.UUID:
    made = uuid.uuid4()
    t.insert("app.shows", show_id=made, title=title, feed_url=f"https://feed.example/{made}")
    return made


def flight(t: Any, campaign: uuid.UUID, on: uuid.UUID, days: tuple[str, str]) -> uuid.UUID:
    """A placement of the campaign on a show, and the campaign's own flight with it."""
    t.execute("update app.campaigns set flight_start = %s, flight_end = %s where campaign_id = %s", *days, campaign)
    placement = t.placement(campaign)
    t.execute(
        "update app.placements set show_id = %s, flight_start = %s, flight_end = %s where placement_id = %s", on, *days, placement
    )
    return placement  # type: ignore[no-any-return]


def the_only_campaign(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    answer(t, "a Podcast!")


def not_a_podcast(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    answer(t, "tv")


def one_of_two_campaigns(t: Any) -> None:
    t.campaign("a")
    t.campaign("b")
    t.purchase(T)
    answer(t, "podcast")


def the_one_that_is_in_flight(t: Any) -> None:
    t.execute("update app.campaigns set flight_end = '2026-02-01' where campaign_id = %s", t.campaign("old"))
    t.execute("update app.campaigns set flight_start = '2026-06-17' where campaign_id = %s", t.campaign("later"))
    t.campaign("a")
    t.purchase(T)
    answer(t, "podcast")


def a_show_by_its_title(t: Any) -> None:
    for name, title in (("a", "The Long Way"), ("b", "Way Out")):
        flight(t, t.campaign(name), show(t, title), ("2026-01-01", "2026-12-31"))
    t.purchase(T)
    answer(t, "I heard it on THE LONG WAY podcast")


def a_show_without_the_sponsor(t: Any) -> None:
    t.campaign("a")
    show(t, "Somebody Else")
    t.purchase(T)
    answer(t, "the podcast somebody else")


def two_campaigns_in_flight_on_one_show(t: Any) -> None:
    on = show(t, "The Long Way")
    for name in ("a", "b"):
        flight(t, t.campaign(name), on, ("2026-01-01", "2026-12-31"))
    t.purchase(T, total="0.03")
    answer(t, "the long way")


def beside_every_other_evidence(t: Any) -> None:
    a = t.campaign("a")
    t.placement(a)
    t.code(a, "POD")
    t.exposure(T - 3 * DAY)
    t.click("a", T - DAY)
    t.purchase(T, properties={"coupon": "pod"}, **HOME)
    answer(t, "show")


def beside_an_exposure(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - 3 * DAY)
    t.purchase(T, **HOME)
    answer(t, "podcast")
    t.refund(T + DAY)


def before_the_order_by_the_person(t: Any) -> None:
    """No window: half a year later it still ties, and it ties the next order alone."""
    t.campaign("a")
    answer(t, "podcast", T - 130 * DAY, order=None)
    t.event("Identify", T - 10 * DAY, anonymous_id="anna", user_id="u1")
    t.purchase(T, person="laptop", user_id="u1")
    t.purchase(T + DAY, order="o2", person="laptop", user_id="u1")
    t.purchase(T, order="o3", person="bob")


def answered_twice(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    answer(t, "tv", T + HOUR)
    answer(t, "podcast", T + 2 * HOUR)


def in_a_file(t: Any) -> None:
    t.campaign("a")
    t.order("o1", T, 1_000)
    t.insert(
        "raw.campaigns_survey_answers", sponsor_id=t.sponsor, response_id="r1", answered_at=T + DAY, answer=" A PODCAST ",
        order_id="o1", run_id="t",
    )  # fmt: skip


CASES = [
    the_only_campaign, not_a_podcast, one_of_two_campaigns, the_one_that_is_in_flight, a_show_by_its_title,
    a_show_without_the_sponsor, two_campaigns_in_flight_on_one_show, beside_every_other_evidence, beside_an_exposure,
    before_the_order_by_the_person, answered_twice, in_a_file,
]  # fmt: skip


def campaigns(t: Any) -> dict[Any, str]:
    return {row["campaign_id"]: row["utm_campaign"] for row in t.rows("app.campaigns")}


@pytest.mark.parametrize(
    ("case", "owner"),
    [
        ("the_only_campaign", "a"), ("not_a_podcast", None), ("one_of_two_campaigns", None), ("the_one_that_is_in_flight", "a"),
        ("a_show_by_its_title", "a"), ("a_show_without_the_sponsor", None), ("answered_twice", None), ("in_a_file", "a"),
    ],
)  # fmt: skip
def test_an_answer_ties_the_campaign_that_it_can_mean_and_no_other(cases: dict[str, Any], case: str, owner: str | None) -> None:
    (credit,) = cases[case].credits()
    (conversion,) = cases[case].conversions()
    assert campaigns(cases[case]).get(credit["campaign_id"]) == owner
    assert conversion["owner_touch_kind"] == ("survey" if owner else "unattributed")
    assert credit["linear_ppb"] == 1_000_000_000
    assert credit["touch_at"] == (conversion["converted_at"] if owner else None)


def test_campaigns_that_an_answer_cannot_tell_apart_share_it_evenly(cases: dict[str, Any]) -> None:
    credits = cases["two_campaigns_in_flight_on_one_show"].credits()
    assert [row["linear_ppb"] for row in credits] == [500_000_000, 500_000_000]
    assert sum(row["linear_minor"] for row in credits) == 3


def test_it_goes_behind_all_other_evidence_and_is_listed_with_it(cases: dict[str, Any]) -> None:
    t = cases["beside_every_other_evidence"]
    (conversion,) = t.conversions()
    assert (conversion["owner_touch_kind"], conversion["evidence_kinds"]) == ("click", "click,code,exposure,survey")
    assert [row["touch_kind"] for row in t.credits()] == ["exposure", "click", "survey", "code"]
    for model in ("first_touch", "last_touch", "linear", "time_decay", "position_based"):
        assert sum(row[f"{model}_ppb"] for row in t.credits()) == 1_000_000_000
        assert sum(row[f"{model}_minor"] for row in t.credits()) == 10_000
    with Warehouse(t.url) as warehouse, warehouse.tenant(t.tenant_id) as c:
        said = explain_conversion(c, conversion["conversion_id"])
    assert [(one.kind, one.strength, one.is_owner) for one in said.evidence] == [
        ("click", 1, True), ("code", 3, False), ("exposure", 4, False), ("survey", 5, False),
    ]  # fmt: skip
    assert said.owner.precedence == ["click", "vanity", "code", "exposure", "survey"]


def test_an_exposure_owns_before_an_answer_and_a_refund_follows(cases: dict[str, Any]) -> None:
    t = cases["beside_an_exposure"]
    assert {row["owner_touch_kind"] for row in t.conversions()} == {"exposure"}
    assert [row["linear_minor"] for row in t.credits()] == [5_000, 5_000, -5_000, -5_000]
    (row,) = t.performance().values()
    assert (row["conversions"], row["exposure_conversions"], row["survey_conversions"]) == (1, 1, 0)
    (row,) = cases["the_only_campaign"].performance().values()
    assert (row["conversions"], row["exposure_conversions"], row["survey_conversions"]) == (1, 0, 1)


def test_an_answer_of_a_person_ties_the_next_order_however_late(cases: dict[str, Any]) -> None:
    t = cases["before_the_order_by_the_person"]
    assert {row["order_id"]: row["touch_kind"] for row in t.credits()} == {
        "o1": "survey", "o2": "unattributed", "o3": "unattributed",
    }  # fmt: skip


def test_the_overlap_has_it_with_the_others(cases: dict[str, Any]) -> None:
    t = cases["beside_every_other_evidence"]
    (campaign,) = campaigns(t)
    with Warehouse(t.url) as warehouse, warehouse.tenant(t.tenant_id) as c:
        pairs = {
            (one.evidence, one.other): (one.conversions, one.owned_conversions) for one in campaign_evidence(c, campaign).overlap
        }
    assert len(pairs) == 16
    assert pairs[("survey", "survey")] == (1, 0)
    assert pairs[("click", "survey")] == (1, 1)


def test_the_live_figures_have_it_as_the_next_build_has(tenant: Any, build: Any) -> None:
    """An answer to an order of the tail, one of a person who orders later, and one to an order that is built already."""
    tenant.campaign("a")
    tenant.purchase(T, order="built", person="ben")
    answer(tenant, "podcast", T, order=None, person="cleo")
    build()
    tenant.purchase(T + HOUR, order="o1")
    answer(tenant, "a podcast", T + 2 * HOUR)
    tenant.purchase(T + HOUR, order="o2", person="cleo")
    answer(tenant, "podcast", T + HOUR, order=None, person="dan")
    tenant.purchase(T + 2 * HOUR, order="o3", person="dan")
    tenant.purchase(T + 2 * HOUR, order="o4", person="eve")
    (live,) = tenant.performance(live=True).values()
    assert (live["conversions"], live["survey_conversions"]) == (3, 3)
    build()
    (built,) = tenant.performance().values()
    assert {name: value for name, value in live.items() if name != "is_live"} == built
