"""Evidence that overlaps, promo codes that leak, and what a survey of customers projects: one tenant a case, one build."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.marts.evidence import campaign_evidence
from api.marts.explanation import explain_conversion
from api.marts.warehouse import Warehouse

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOME: dict[str, Any] = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}


def code_orders(t: Any, count: int, at: datetime = T, first: int = 0, **more: Any) -> None:
    """Orders of `count` people with the code POD, each preceded by a page that names `referrer` where it is given."""
    referrer = more.pop("referrer", None)
    for n in range(first, first + count):
        if referrer:
            t.event(None, at - timedelta(hours=1), anonymous_id=f"p{n}", context={"page": {"referrer": referrer}})
        t.purchase(at, order=f"o{n}", person=f"p{n}", properties={"coupon": "POD"}, **more)


def three_orders_seen_by_different_evidence(t: Any) -> None:
    a = t.campaign("a")
    t.placement(a)
    t.code(a, "POD")
    t.exposure(T - 6 * DAY)
    t.click("a", T - DAY)
    t.purchase(T, order="all", properties={"coupon": "pod"}, **HOME)
    t.purchase(T + DAY, order="code", person="bob", properties={"coupon": "pod"})
    t.purchase(T + 2 * DAY, order="none", person="eve")
    t.refund(T + 3 * DAY, order="all")


def a_code_on_a_coupon_site(t: Any) -> None:
    t.code(t.campaign("a"), "POD")
    code_orders(t, 3, referrer="https://www.retailmenot.com/view/shop.example")
    code_orders(t, 3, first=3, referrer="https://notretailmenot.com/")


def a_code_after_the_ad_came_down(t: Any) -> None:
    a = t.campaign("a")
    t.placement(a)
    t.execute("update app.placements set flight_end = '2026-06-15' where tenant_id = %s", t.tenant_id)
    t.code(a, "POD", ("2026-05-01", "2026-07-31"))
    code_orders(t, 4)
    code_orders(t, 1, T + DAY, first=4)


def a_baked_in_ad_stays(t: Any) -> None:
    a = t.campaign("a")
    t.placement(a, insertion="baked_in")
    t.execute("update app.placements set flight_end = '2026-06-01' where tenant_id = %s", t.tenant_id)
    t.code(a, "POD", ("2026-05-01", "2026-07-31"))
    code_orders(t, 5)


def a_code_abroad(t: Any) -> None:
    t.code(t.campaign("a"), "POD")
    for place, (country, value) in enumerate((("US", 995), ("CA", 200), ("FR", 5))):
        t.insert(
            "raw.hosting_downloads", show_id=t.show, source="buzzsprout", source_account="a", show_key="s", episode_key="e",
            episode_guid="ep", metric="download", metric_standard="host", grain="day", period_start="2026-06-01",
            period_end="2026-06-01", tz="UTC", dimension="country", dimension_value=country, value=value, is_cumulative=False,
            fetched_at=T, content_sha256=bytes([place]) * 32, run_id="t",
        )  # fmt: skip
    code_orders(t, 2, context={"location": {"country": "us"}})
    code_orders(t, 2, first=2, context={"location": {"country": "FR"}})
    code_orders(t, 1, first=4)


def a_code_used_four_times(t: Any) -> None:
    t.code(t.campaign("a"), "POD")
    code_orders(t, 4, referrer="https://slickdeals.net/f/1")


def a_survey(t: Any) -> None:
    t.code(t.campaign("a"), "POD")
    code_orders(t, 5)
    for n in range(5, 100):
        t.purchase(T, order=f"o{n}", person=f"p{n}")
    for n in range(40):
        t.event(
            "Survey Answered",
            T + DAY / 4,
            anonymous_id=f"p{n}",
            properties={"order_id": f"o{n}", "answer": ("A Podcast", "TV")[n % 4 > 0]},
        )
    t.event("Survey Answered", T + DAY / 3, anonymous_id="p1", properties={"order_id": "o1", "answer": "podcast"})


def a_survey_of_few(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    t.event("survey_response", T, anonymous_id="anna", properties={"answer": "podcast"})


def a_survey_in_a_file_and_by_events(t: Any) -> None:
    """An answer that came by both doors for one order is one customer's."""
    t.campaign("a")
    t.purchase(T)
    t.event("survey_response", T, anonymous_id="anna", properties={"answer": "podcast", "order_id": "o1"})
    for response, order, answer in (("r1", "o1", "tv"), ("r2", "o2", "a Podcast!"), ("r3", None, "friend")):
        t.insert(
            "raw.campaigns_survey_answers", sponsor_id=t.sponsor, response_id=response, answered_at=T + DAY, answer=answer,
            order_id=order, run_id="t",
        )  # fmt: skip


WHOLE = True
CASES = [
    three_orders_seen_by_different_evidence, a_code_on_a_coupon_site, a_code_after_the_ad_came_down, a_baked_in_ad_stays,
    a_code_abroad, a_code_used_four_times, a_survey, a_survey_of_few, a_survey_in_a_file_and_by_events,
]  # fmt: skip


def leaks(t: Any) -> dict[str, Any]:
    (row,) = t.rows("marts.promo_code_leaks")
    return dict(row)


def test_the_overlap_matrix_holds_each_conversion_where_it_was_seen(cases: dict[str, Any]) -> None:
    t = cases["three_orders_seen_by_different_evidence"]
    rows = {
        (row["evidence_kind"], row["other_kind"]): (row["conversions"], row["owned_conversions"], row["sole_conversions"])
        for row in t.rows("marts.evidence_overlap")
    }
    assert rows == {
        ("click", "click"): (1, 1, 0), ("click", "code"): (1, 1, 0), ("click", "exposure"): (1, 1, 0),
        ("code", "click"): (1, 0, 0), ("code", "code"): (2, 1, 1), ("code", "exposure"): (1, 0, 0),
        ("exposure", "click"): (1, 0, 0), ("exposure", "code"): (1, 0, 0), ("exposure", "exposure"): (1, 0, 0),
        ("unattributed", "unattributed"): (1, 1, 1),
    }  # fmt: skip


def test_a_coupon_sites_own_host_and_its_subdomains_are_suspect_and_no_lookalike(cases: dict[str, Any]) -> None:
    found = leaks(cases["a_code_on_a_coupon_site"])
    assert (found["uses"], found["coupon_site_uses"], found["suspect_uses"], found["verdict"]) == (6, 3, 3, "leaked")


def test_a_dynamic_ad_comes_down_with_its_flight_and_a_baked_in_one_stays(cases: dict[str, Any]) -> None:
    found = leaks(cases["a_code_after_the_ad_came_down"])
    assert (found["uses"], found["after_ad_uses"], found["verdict"]) == (5, 1, "some_suspects")
    stays = leaks(cases["a_baked_in_ad_stays"])
    assert (stays["uses"], stays["suspect_uses"], stays["verdict"]) == (5, 0, "clean")


def test_a_country_outside_the_shows_audience_is_suspect_where_both_are_known(cases: dict[str, Any]) -> None:
    """France is 5 of 1,200 listeners, under 1 %; an order without a country is not judged."""
    found = leaks(cases["a_code_abroad"])
    assert (found["uses"], found["foreign_uses"], found["suspect_uses"]) == (5, 2, 2)
    uses = cases["a_code_abroad"].rows("marts.promo_code_uses")
    assert sorted(str(row["foreign_country"]) for row in uses) == ["FR", "FR", "None", "None", "None"]


def test_four_uses_are_too_few_to_say(cases: dict[str, Any]) -> None:
    found = leaks(cases["a_code_used_four_times"])
    assert (found["suspect_uses"], found["verdict"]) == (4, "too_little_data")


def test_a_survey_projects_with_its_wilson_interval_and_answers_once_a_customer(cases: dict[str, Any]) -> None:
    """10 of 40 answers: Wilson 95 % is 0.1419 to 0.4019; 25 of 100 customers projected, 5 direct: five times as many."""
    (found,) = cases["a_survey"].rows("marts.survey_multipliers")
    assert (found["answers"], found["podcast_answers"], found["customers"], found["direct_customers"]) == (40, 10, 100, 5)
    assert (found["verdict"], found["response_rate"], found["projected_customers"]) == ("stated", 0.4, 25)
    assert [found["podcast_rate_low"], found["podcast_rate_high"]] == pytest.approx([0.1419, 0.4019], abs=5e-5)
    assert [found["multiplier"], found["multiplier_low"], found["multiplier_high"]] == pytest.approx([5, 2.838, 8.038], abs=1e-3)


def test_few_answers_and_none_say_so(cases: dict[str, Any]) -> None:
    (few,) = cases["a_survey_of_few"].rows("marts.survey_multipliers")
    assert (few["verdict"], few["answers"], few["multiplier"]) == ("too_little_data", 1, None)
    (none,) = cases["a_code_abroad"].rows("marts.survey_multipliers")
    assert (none["verdict"], none["podcast_rate"], none["podcast_rate_low"], none["multiplier"]) == ("no_survey", None, None, None)


def test_the_api_reads_it_strongest_first(cases: dict[str, Any]) -> None:
    t = cases["three_orders_seen_by_different_evidence"]
    campaign = next(row["owner_campaign_id"] for row in t.conversions() if row["owner_touch_kind"] == "click")
    with Warehouse(t.url) as warehouse, warehouse.tenant(t.tenant_id) as c:
        said = campaign_evidence(c, campaign)
    assert [pair.evidence for pair in said.overlap if pair.evidence == pair.other] == ["click", "code", "exposure"]
    assert said.codes[0].verdict == "too_little_data" and said.survey.verdict == "no_survey"


def explained(t: Any, order: str) -> Any:
    conversion = next(row["conversion_id"] for row in t.conversions() if row["order_id"] == order)
    with Warehouse(t.url) as warehouse, warehouse.tenant(t.tenant_id) as c:
        return explain_conversion(c, conversion)


def test_a_suspect_or_leaked_code_is_credited_and_no_deterministic_evidence(cases: dict[str, Any]) -> None:
    leaked = explained(cases["a_code_on_a_coupon_site"], "o3")
    assert leaked.owner.evidence == "code" and not leaked.owner.is_deterministic
    assert leaked.codes[0].is_leaked and leaked.codes[0].leak_suspicions == [] and leaked.path[0].credit[0].weight == 1
    suspect = explained(cases["a_code_after_the_ad_came_down"], "o4")
    assert suspect.codes[0].leak_suspicions == ["the ad had come down"] and not suspect.owner.is_deterministic
    assert explained(cases["a_code_after_the_ad_came_down"], "o0").owner.is_deterministic
    assert explained(cases["three_orders_seen_by_different_evidence"], "all").owner.is_deterministic


def test_answers_of_a_file_count_beside_those_of_events(cases: dict[str, Any]) -> None:
    (found,) = cases["a_survey_in_a_file_and_by_events"].rows("marts.survey_multipliers")
    assert (found["answers"], found["podcast_answers"], found["verdict"]) == (3, 2, "too_little_data")
