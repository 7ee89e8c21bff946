"""The worked examples of domain rules, sections 4 and 5: journeys in, weights and amounts out, one tenant each, one build."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
BILLION = 1_000_000_000
MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")
NONE = uuid.UUID(int=0)


def ages_0_7_14_days(t: Any) -> None:
    t.campaign("a")
    for days in (14, 7, 0):
        t.click("a", T - days * DAY)
    t.purchase(T, total="0.07")


def one_touch(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - DAY)
    t.purchase(T)


def two_touches(t: Any) -> None:
    t.campaign("a")
    for days in (2, 1):
        t.click("a", T - days * DAY)
    t.purchase(T, total="0.05")


def three_touches(t: Any) -> None:
    t.campaign("a")
    for days in (3, 2, 1):
        t.click("a", T - days * DAY)
    t.purchase(T, total="0.01")


def five_touches(t: Any) -> None:
    t.campaign("a")
    for days in (5, 4, 3, 2, 1):
        t.click("a", T - days * DAY)
    t.purchase(T, total="100.00")


def no_touch(t: Any) -> None:
    t.campaign("a")
    t.purchase(T, total="9.99")


def conversion_before_every_touch(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    t.click("a", T + SECOND)


def window_at_the_exact_second(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - timedelta(seconds=2_592_000))
    t.purchase(T)


def window_one_second_beyond(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - timedelta(seconds=2_592_001))
    t.purchase(T)


def same_second(t: Any) -> None:
    t.campaign("a")
    t.placement(t.campaign("b"))
    t.exposure(T - DAY)
    t.click("a", T - DAY, household_hash=b"home", key_epoch=1, ip_class="household")
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household")


def zero_value(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - DAY)
    t.purchase(T, total=0)


def negative_value(t: Any) -> None:
    t.campaign("a")
    for days in (3, 2, 1):
        t.click("a", T - days * DAY)
    t.purchase(T, total="-0.05")


def partial_and_full_refund(t: Any) -> None:
    t.campaign("a")
    for days in (3, 2, 1):
        t.click("a", T - days * DAY)
    t.purchase(T, total="10.00")
    t.refund(T + DAY, total="0.05")
    t.refund(T + 2 * DAY)


def refund_of_an_unknown_order(t: Any) -> None:
    t.refund(T, order="never", total="5.00")


def path_reset(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - 3 * DAY)
    t.purchase(T - 2 * DAY, order="o1")
    t.click("a", T - DAY)
    t.purchase(T, order="o2")


def path_not_reset(t: Any) -> None:
    t.settings(reset_path_on_conversion=False)
    path_reset(t)


def two_campaigns_on_one_show(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.placement(t.campaign("b"))
    t.exposure(T - DAY)
    t.purchase(T, total="0.03", household_hash=b"home", key_epoch=1, ip_class="household")


def mobile_within_24_h(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - timedelta(seconds=86_400), ip_class="mobile")
    t.exposure(T - timedelta(seconds=86_401), ip_class="mobile")
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household")


def corporate_never(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - SECOND, ip_class="corporate")
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household")


def no_consent(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T - DAY)
    # As the collector lands it: without a hash. A row that has one all the same is put away by the build's row checks.
    t.purchase(T, has_consent=False)


def code_beats_exposure(t: Any) -> None:
    a, b = t.campaign("a"), t.campaign("b")
    t.placement(a)
    t.code(b, "po-d 20")
    t.exposure(T - DAY)
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household", properties={"coupon": "Pod.20"})


def code_on_the_last_day_of_grace(t: Any) -> None:
    t.code(t.campaign("a"), "POD", valid=("2026-01-01", "2026-03-17"))
    t.purchase(T, properties={"coupon": "pod"})


def code_a_day_after_grace(t: Any) -> None:
    t.code(t.campaign("a"), "POD", valid=("2026-01-01", "2026-03-16"))
    t.purchase(T, properties={"coupon": "pod"})


def earliest_of_several_codes(t: Any) -> None:
    a, b = t.campaign("a"), t.campaign("b")
    t.code(a, "FIRST")
    t.code(b, "SECOND")
    t.purchase(T, properties={"coupon": "unknown, second; first"})


def ambiguous_code(t: Any) -> None:
    for utm in ("a", "b"):
        t.code(t.campaign(utm), "SAME")
    t.purchase(T, properties={"coupon": "same"}, total="0.03")


def vanity_then_click(t: Any) -> None:
    t.placement(t.campaign("a"), vanity="/Acast/")
    t.campaign("b")
    t.click("b", T - 2 * DAY)
    t.event(None, T - DAY, anonymous_id="anna", context={"page": {"url": "https://shop.example/acast?x=1"}})
    t.purchase(T)


def own_link_of_a_purchase(t: Any) -> None:
    t.campaign("a")
    t.purchase(T, context={"page": {"url": "https://shop.example/thanks?utm_campaign=a"}})


def own_link_in_a_later_report(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    t.purchase(T + SECOND, person="server", context={"campaign": {"name": "a"}})


def own_link_in_a_report_of_long_ago(t: Any) -> None:
    t.campaign("a")
    t.purchase(T)
    old = {"client_at": T - 61 * DAY, "sent_at": T + SECOND}
    t.purchase(T + SECOND, person="server", context={"campaign": {"name": "a"}}, **old)


def same_user_on_another_browser(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - DAY, person="phone", user_id="u1")
    t.purchase(T, person="laptop", user_id="u1")


def another_sponsor(t: Any) -> None:
    other = uuid.uuid4()
    t.execute("insert into app.sponsors (sponsor_id, tenant_id, name) values (%s, %s, 'Other')", other, t.tenant_id)
    t.placement(t.campaign("theirs", sponsor=other))
    t.exposure(T - DAY)
    t.click("theirs", T - DAY)
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household")


def another_goal(t: Any) -> None:
    t.campaign("a", goal="signup")
    t.click("a", T - DAY)
    t.purchase(T)
    t.event("Signed Up", T, anonymous_id="anna")


WHOLE = True
CASES = [
    ages_0_7_14_days, one_touch, two_touches, three_touches, five_touches, no_touch, conversion_before_every_touch,
    window_at_the_exact_second, window_one_second_beyond, same_second, zero_value, negative_value, partial_and_full_refund,
    refund_of_an_unknown_order, path_reset, path_not_reset, two_campaigns_on_one_show, mobile_within_24_h, corporate_never,
    no_consent, code_beats_exposure, code_on_the_last_day_of_grace, code_a_day_after_grace, earliest_of_several_codes,
    ambiguous_code, vanity_then_click, own_link_of_a_purchase, own_link_in_a_later_report, own_link_in_a_report_of_long_ago,
    same_user_on_another_browser, another_sponsor, another_goal,
]  # fmt: skip


def weights(tenant: Any, model: str) -> list[int]:
    return [row[f"{model}_ppb"] for row in tenant.credits()]


def amounts(tenant: Any, model: str) -> list[int]:
    return [row[f"{model}_minor"] for row in tenant.credits()]


def kinds(tenant: Any) -> list[str]:
    return [row["touch_kind"] for row in tenant.credits()]


def test_time_decay_halves_every_seven_days(cases: dict[str, Any]) -> None:
    # 1/7, 2/7, 4/7 by cumulative rounding: 142857143, 428571429 - 142857143, and the rest.
    assert weights(cases["ages_0_7_14_days"], "time_decay") == [142_857_143, 285_714_286, 571_428_571]
    assert amounts(cases["ages_0_7_14_days"], "time_decay") == [1, 2, 4]


def test_one_touch_takes_everything_under_every_model(cases: dict[str, Any]) -> None:
    for model in MODELS:
        assert weights(cases["one_touch"], model) == [BILLION]
        assert amounts(cases["one_touch"], model) == [10_000]


@pytest.mark.parametrize(
    ("case", "expected", "split"),
    [
        ("two_touches", [500_000_000, 500_000_000], [3, 2]),
        ("three_touches", [400_000_000, 200_000_000, 400_000_000], [0, 1, 0]),
        ("five_touches", [400_000_000, 66_666_667, 66_666_666, 66_666_667, 400_000_000], [4000, 667, 666, 667, 4000]),
    ],
)
def test_position_based_splits_by_the_length_of_the_path(
    cases: dict[str, Any], case: str, expected: list[int], split: list[int]
) -> None:
    assert weights(cases[case], "position_based") == expected
    assert amounts(cases[case], "position_based") == split


def test_linear_gives_each_the_same_to_the_rounding(cases: dict[str, Any]) -> None:
    assert weights(cases["three_touches"], "linear") == [333_333_333, 333_333_334, 333_333_333]
    assert amounts(cases["three_touches"], "linear") == [0, 1, 0]
    assert amounts(cases["five_touches"], "linear") == [2000] * 5


def test_first_and_last_touch(cases: dict[str, Any]) -> None:
    assert weights(cases["three_touches"], "first_touch") == [BILLION, 0, 0]
    assert weights(cases["three_touches"], "last_touch") == [0, 0, BILLION]


@pytest.mark.parametrize(
    "case",
    [
        "no_touch", "conversion_before_every_touch", "window_one_second_beyond", "corporate_never", "no_consent",
        "own_link_in_a_later_report", "own_link_in_a_report_of_long_ago",
    ],
)  # fmt: skip
def test_a_conversion_without_an_eligible_touch_stays_unattributed(cases: dict[str, Any], case: str) -> None:
    (row,) = cases[case].credits()
    assert (row["touch_kind"], row["touch_id"], row["campaign_id"], row["path_length"]) == ("unattributed", NONE, NONE, 0)
    for model in MODELS:
        assert (row[f"{model}_ppb"], row[f"{model}_minor"]) == (BILLION, row["value_minor"])


def test_the_window_ends_with_its_last_second(cases: dict[str, Any]) -> None:
    assert kinds(cases["window_at_the_exact_second"]) == ["click"]


def test_at_one_instant_the_stronger_evidence_is_the_later_touch(cases: dict[str, Any]) -> None:
    assert kinds(cases["same_second"]) == ["exposure", "click"]
    assert cases["same_second"].conversions()[0]["owner_touch_kind"] == "click"


def test_a_sale_of_nothing_is_a_conversion(cases: dict[str, Any]) -> None:
    assert weights(cases["zero_value"], "linear") == [BILLION]
    assert amounts(cases["zero_value"], "linear") == [0]


def test_negative_values_round_by_their_absolute_value(cases: dict[str, Any]) -> None:
    assert amounts(cases["negative_value"], "linear") == [-2, -1, -2]
    assert amounts(cases["negative_value"], "position_based") == [-2, -1, -2]


def test_a_refund_inherits_its_orders_path(cases: dict[str, Any]) -> None:
    rows = cases["partial_and_full_refund"].credits()
    order, partial, full = rows[:3], rows[3:6], rows[6:]
    for rest in (partial, full):
        assert [row["touch_id"] for row in rest] == [row["touch_id"] for row in order]
        assert [row["time_decay_ppb"] for row in rest] == [row["time_decay_ppb"] for row in order]
    assert [row["linear_minor"] for row in partial] == [-2, -1, -2]
    # Without an amount all of the order goes back.
    assert [row["linear_minor"] for row in full] == [-row["linear_minor"] for row in order]


def test_a_refund_is_no_conversion_but_takes_revenue(cases: dict[str, Any]) -> None:
    (figures,) = cases["partial_and_full_refund"].performance().values()
    assert (figures["conversions"], figures["revenue_minor"], figures["visits"]) == (1, -5, 3)
    daily = cases["partial_and_full_refund"].rows("marts.campaign_attribution_daily")
    linear = [row for row in daily if row["model"] == "linear" and row["basis"] == "conversion_date"]
    assert (sum(row["conversions_ppb"] for row in linear), sum(row["revenue_minor"] for row in linear)) == (BILLION, -5)


def test_a_refund_of_an_unknown_order_is_kept(cases: dict[str, Any]) -> None:
    (row,) = cases["refund_of_an_unknown_order"].credits()
    assert (row["conversion_kind"], row["linear_minor"], row["touch_kind"]) == ("refund", -500, "unattributed")


def test_a_path_begins_anew_after_a_conversion(cases: dict[str, Any]) -> None:
    assert [(row["order_id"], row["path_length"]) for row in cases["path_reset"].credits()] == [("o1", 1), ("o2", 1)]
    assert [row["path_length"] for row in cases["path_not_reset"].credits()] == [1, 2, 2]


def test_one_download_that_carried_two_campaigns_credits_both(cases: dict[str, Any]) -> None:
    rows = cases["two_campaigns_on_one_show"].credits()
    assert len({row["campaign_id"] for row in rows}) == 2
    assert sorted(row["linear_minor"] for row in rows) == [1, 2]


def test_a_mobile_address_matches_for_a_day_at_most(cases: dict[str, Any]) -> None:
    (row,) = cases["mobile_within_24_h"].credits()
    assert row["converted_at"] - row["touch_at"] == DAY


def test_a_code_is_stronger_than_an_exposure_and_normalised(cases: dict[str, Any]) -> None:
    tenant = cases["code_beats_exposure"]
    assert kinds(tenant) == ["exposure", "code"]
    (conversion,) = tenant.conversions()
    assert (conversion["owner_touch_kind"], conversion["evidence_kinds"]) == ("code", "code,exposure")


def test_a_code_is_good_to_the_last_day_of_its_grace(cases: dict[str, Any]) -> None:
    assert kinds(cases["code_on_the_last_day_of_grace"]) == ["code"]
    assert kinds(cases["code_a_day_after_grace"]) == ["unattributed"]


def test_of_several_codes_the_earliest_valid_one_owns_the_order(cases: dict[str, Any]) -> None:
    tenant = cases["earliest_of_several_codes"]
    (row,) = tenant.credits()
    (code,) = tenant.execute("select campaign_id from app.promo_codes where code = 'SECOND' and tenant_id = %s", tenant.tenant_id)
    assert row["campaign_id"] == code["campaign_id"]


def test_a_code_that_two_shows_share_is_split_and_flagged(cases: dict[str, Any]) -> None:
    assert amounts(cases["ambiguous_code"], "linear") in ([1, 2], [2, 1])
    assert cases["ambiguous_code"].conversions()[0]["is_code_ambiguous"]


def test_a_click_owns_before_a_later_vanity_visit(cases: dict[str, Any]) -> None:
    tenant = cases["vanity_then_click"]
    assert kinds(tenant) == ["click", "vanity"]
    assert tenant.conversions()[0]["owner_touch_kind"] == "click"


def test_a_purchases_own_link_credits_it(cases: dict[str, Any]) -> None:
    assert kinds(cases["own_link_of_a_purchase"]) == ["click"]
    (figures,) = cases["own_link_of_a_purchase"].performance().values()
    assert (figures["visits"], figures["click_conversions"]) == (0, 1)


def test_a_user_is_known_on_another_browser(cases: dict[str, Any]) -> None:
    assert kinds(cases["same_user_on_another_browser"]) == ["click"]


@pytest.mark.parametrize("case", ["another_sponsor"])
def test_nothing_of_another_sponsor_is_credited(cases: dict[str, Any], case: str) -> None:
    assert kinds(cases[case]) == ["unattributed"]


def test_a_campaign_is_credited_with_what_it_aims_at(cases: dict[str, Any]) -> None:
    found = {row["conversion_kind"]: row["touch_kind"] for row in cases["another_goal"].credits()}
    assert found == {"purchase": "unattributed", "signup": "click"}
