"""Domain rules, section 6: what a placement costs, what price, margin and window do to a return, and the multiverse around it."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

T = datetime(2026, 6, 17, 12, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
BILLION = 1_000_000_000
FLIGHT = {"flight_start": "2026-06-01", "flight_end": "2026-06-30"}


def place(t: Any, campaign: uuid.UUID, *, show: uuid.UUID | None = None, **changes: Any) -> uuid.UUID:
    """A placement at a flat price of 400.00 over June 2026, unless `changes` says else."""
    placement = uuid.uuid4()
    values = {"price_model": "flat", "price_minor": 40_000, **FLIGHT, **changes}
    t.insert(
        "app.placements", placement_id=placement, campaign_id=campaign, show_id=show or t.show, position="mid_roll",
        insertion="dynamic", **values,
    )  # fmt: skip
    return placement


def another_show(t: Any) -> uuid.UUID:
    show = uuid.uuid4()
    t.insert("app.shows", show_id=show, title="Other", feed_url=f"https://feed.example/{show}")
    return show


def sponsor(t: Any, **values: Any) -> None:
    changes = ", ".join(f"{name} = %s" for name in values)
    t.execute(f"update app.sponsors set {changes} where sponsor_id = %s", *values.values(), t.sponsor)


def visit(t: Any, path: str, at: datetime, person: str = "anna") -> None:
    t.event(None, at, anonymous_id=person, context={"page": {"url": f"https://shop.example{path}"}})


def flat_price(t: Any) -> None:
    place(t, t.campaign("a"))
    t.click("a", T - DAY)
    t.purchase(T, total="1000.00")


def a_thinner_margin(t: Any) -> None:
    flat_price(t)
    sponsor(t, margin_rate="0.25")


def no_margin(t: Any) -> None:
    flat_price(t)
    sponsor(t, margin_rate="0")


def nothing_spent(t: Any) -> None:
    t.campaign("a")
    t.click("a", T - DAY)
    t.purchase(T)


def nothing_came(t: Any) -> None:
    place(t, t.campaign("a"))


def refunded_beyond_the_order(t: Any) -> None:
    place(t, t.campaign("a"))
    t.click("a", T - DAY)
    t.purchase(T, total="10.00")
    t.refund(T + DAY, total="30.00")


def currency_without_a_rate(t: Any) -> None:
    place(t, t.campaign("a", currency="EUR"))
    t.click("a", T - DAY)
    t.purchase(T, properties={"currency": "USD"})


def cpm_of_delivered_ads(t: Any) -> None:
    place(t, t.campaign("a"), price_model="cpm", price_minor=2_500_000, contracted_ads=10)
    t.exposure(T - DAY)
    t.exposure(T - 2 * DAY)
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household")


def four_tenths_without_conversions(t: Any) -> None:
    campaign = t.campaign("a")
    place(t, campaign, price_minor=60_000, vanity_path="/one")
    place(t, campaign, price_minor=40_000, show=another_show(t))
    visit(t, "/one", T - DAY)
    t.purchase(T, total="3000.00")


def share_of_revenue(t: Any) -> None:
    campaign = t.campaign("a")
    place(t, campaign, price_model="revenue_share", price_minor=0, share_rate="0.3", vanity_path="/one")
    place(t, campaign, price_minor=0, show=another_show(t))
    visit(t, "/one", T - DAY)
    t.purchase(T, total="100.00")
    t.refund(T + DAY, total="33.33")


def four_windows(t: Any) -> None:
    for name, days in (("d", 45), ("c", 20), ("b", 10), ("a", 1)):
        place(t, t.campaign(name))
        t.click(name, T - days * DAY)
    t.purchase(T, total="100.00")


def not_of_household_grade(t: Any) -> None:
    place(t, t.campaign("a"))
    t.exposure(T - DAY, ip_class="unknown")
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household")


def of_household_grade(t: Any) -> None:
    place(t, t.campaign("a"))
    t.exposure(T - DAY)
    t.purchase(T, household_hash=b"home", key_epoch=1, ip_class="household")


def shows_that_flip(t: Any) -> None:
    campaign = t.campaign("a")
    place(t, campaign, vanity_path="/one")
    place(t, campaign, vanity_path="/two", show=another_show(t))
    visit(t, "/one", T - 20 * DAY)
    visit(t, "/two", T - DAY)
    t.purchase(T, total="100.00")


def shows_that_keep_their_places(t: Any) -> None:
    """100.00 by a path of one show, 50.00 by an ad of the other: every built-in model ranks them so."""
    campaign = t.campaign("a")
    place(t, campaign, vanity_path="/one", show=another_show(t))
    place(t, campaign)
    visit(t, "/one", T - DAY)
    t.purchase(T, order="path", total="100.00")
    t.exposure(T - DAY)
    t.purchase(T, order="ad", total="50.00", person="bert", household_hash=b"home", key_epoch=1, ip_class="household")


def a_model_that_flips_them(t: Any) -> None:
    shows_that_keep_their_places(t)
    own = uuid.uuid4()
    t.insert("app.attribution_models", model_id=own, name="Paths are worth nothing")
    t.insert("app.attribution_model_versions", model_id=own, version=1, shape="linear", vanity_factor=0)


def worth_over_the_years(t: Any) -> None:
    sponsor(t, lifetime_value_minor=30_000, lifetime_value_currency="USD")
    place(t, t.campaign("a"))
    for order, days in (("o1", 5), ("o2", 1)):
        t.click("a", T - (days + 1) * DAY)
        t.purchase(T - days * DAY, order=order)


def worth_in_an_unknown_currency(t: Any) -> None:
    worth_over_the_years(t)
    sponsor(t, lifetime_value_currency="JPY")


def two_weeks_apart(t: Any) -> None:
    place(t, t.campaign("a"))
    t.click("a", T - 14 * DAY)
    t.purchase(T, total="100.00")


WHOLE = True
CASES = [
    flat_price, a_thinner_margin, no_margin, nothing_spent, nothing_came, refunded_beyond_the_order, currency_without_a_rate,
    cpm_of_delivered_ads, four_tenths_without_conversions, share_of_revenue, four_windows, not_of_household_grade,
    of_household_grade, shows_that_flip, shows_that_keep_their_places, a_model_that_flips_them, worth_over_the_years,
    worth_in_an_unknown_currency, two_weeks_apart,
]  # fmt: skip


def roi(tenant: Any, model: str = "linear") -> dict[str, Any]:
    (row,) = [row for row in tenant.rows("marts.campaign_roi") if row["model"] == model]
    return dict(row)


def credited(tenant: Any, utm: str, model: str = "linear", ip_classes: str = "all") -> dict[int, int]:
    """Conversions in parts per billion by window, of the campaign with that link."""
    rows = tenant.execute(
        "select window_days, conversions_ppb from marts.campaign_roi_multiverse inner join app.campaigns using (campaign_id) "
        "where utm_campaign = %s and model = %s and ip_classes = %s and campaigns.tenant_id = %s",
        utm, model, ip_classes, tenant.tenant_id,
    )  # fmt: skip
    return {row["window_days"]: row["conversions_ppb"] for row in rows}


def test_price_and_margin_make_the_return(cases: dict[str, Any]) -> None:
    """1000.00 at a margin of a half for 400.00: a margin that is left out would say 1.5, a cost that is left out 1.25."""
    row = roi(cases["flat_price"])
    assert (row["spend_minor"], row["revenue_minor"], row["roi"], row["roas"]) == (40_000, 100_000, 0.25, 2.5)
    assert (row["cpa_minor"], row["cac_minor"], row["cpv_minor"], row["aov_minor"]) == (40_000, 40_000, 40_000, 100_000)
    assert (row["break_even_revenue_minor"], row["break_even_roas"], row["break_even_conversions"]) == (80_000, 2, 0.8)
    assert row["verdict"] == "known"


def test_a_thinner_margin_makes_the_same_sales_a_loss(cases: dict[str, Any]) -> None:
    row = roi(cases["a_thinner_margin"])
    assert (row["roi"], row["roas"], row["break_even_roas"]) == (-0.375, 2.5, 4)


def test_without_a_margin_nothing_breaks_even(cases: dict[str, Any]) -> None:
    row = roi(cases["no_margin"])
    assert (row["roi"], row["break_even_roas"], row["break_even_revenue_minor"], row["break_even_conversions"]) == (
        -1, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("case", "verdict", "figures"),
    [
        ("nothing_spent", "no_spend", (None, None, 0)),
        ("nothing_came", "no_conversion", (-1, 0, None)),
        ("refunded_beyond_the_order", "negative_revenue", (-1.025, -0.05, 40_000)),
        ("currency_without_a_rate", "revenue_without_rate", (-1, 0, 40_000)),
    ],
)
def test_what_cannot_be_said_has_its_verdict(
    cases: dict[str, Any], case: str, verdict: str, figures: tuple[float | None, ...]
) -> None:
    """A return of 0 or of infinity at zero spend, or a dollar taken for a euro, would stand here as a number."""
    row = roi(cases[case])
    assert (row["verdict"], (row["roi"], row["roas"], row["cpa_minor"])) == (verdict, figures)


def test_cpm_is_paid_for_ads_delivered(cases: dict[str, Any]) -> None:
    assert roi(cases["cpm_of_delivered_ads"])["spend_minor"] == 5_000


def test_spend_without_conversions_is_kept(cases: dict[str, Any]) -> None:
    """Two placements, one without a conversion: left out, the return would be 1.5, not 0.5."""
    tenant = cases["four_tenths_without_conversions"]
    assert (roi(tenant)["spend_minor"], roi(tenant)["roi"]) == (100_000, 0.5)
    shows = {row["show_id"]: row for row in tenant.rows("marts.show_ranking_flips")}
    silent = next(row for show, row in shows.items() if show != tenant.show)
    assert (silent["spend_minor"], silent["roas"], silent["headline_rank"], silent["flips_with"]) == (40_000, 0, 2, 0)


def test_a_revenue_share_follows_the_revenue_and_its_refunds(cases: dict[str, Any]) -> None:
    """0.3 of 100.00, then of 66.67 in all: 20.00, rounded once over both days."""
    tenant = cases["share_of_revenue"]
    days = [row for row in tenant.rows("marts.campaign_spend_daily", "day") if row["spend_minor"]]
    assert [(row["day"], row["spend_minor"]) for row in days] == [(date(2026, 6, 17), 3_000), (date(2026, 6, 18), -1_000)]
    assert roi(tenant)["spend_minor"] == 2_000
    assert {row["spend_minor"] for row in tenant.performance().values()} == {2_000}


def test_each_window_credits_who_is_in_it(cases: dict[str, Any]) -> None:
    """One order after clicks of four campaigns: each window splits it over those within, and never over fewer or more."""
    tenant = cases["four_windows"]
    assert credited(tenant, "a") == {7: BILLION, 14: BILLION // 2, 30: BILLION // 3, 60: BILLION // 4}
    assert credited(tenant, "b") == {7: 0, 14: BILLION // 2, 30: BILLION // 3 + 1, 60: BILLION // 4}
    assert credited(tenant, "c") == {7: 0, 14: 0, 30: BILLION // 3, 60: BILLION // 4}
    assert credited(tenant, "d") == {7: 0, 14: 0, 30: 0, 60: BILLION // 4}
    assert credited(tenant, "d", "first_touch") == {7: 0, 14: 0, 30: 0, 60: BILLION}
    assert credited(tenant, "a", "last_touch") == dict.fromkeys((7, 14, 30, 60), BILLION)


def test_a_headline_has_its_range(cases: dict[str, Any]) -> None:
    """ROAS of the nearest campaign under linear: all of 100.00 for 400.00 in the narrowest window, a quarter in the widest."""
    tenant = cases["four_windows"]
    rows = tenant.execute(
        "select r.* from marts.campaign_roi as r inner join app.campaigns as c using (campaign_id) "
        "where r.tenant_id = %s and c.utm_campaign = 'a' and r.model = 'linear'",
        tenant.tenant_id,
    )
    assert [(row["lowest_roas"], row["highest_roas"]) for row in rows] == [(2_500 / 40_000, 0.25)]
    assert rows[0]["lowest_roi"] < rows[0]["roi"] < rows[0]["highest_roi"]


def test_an_address_that_is_no_known_household_is_in_one_half_of_the_multiverse(cases: dict[str, Any]) -> None:
    assert credited_of(cases["not_of_household_grade"]) == {"all": BILLION, "household": 0}
    assert credited_of(cases["of_household_grade"]) == {"all": BILLION, "household": BILLION}


def credited_of(tenant: Any) -> dict[str, int]:
    rows = tenant.rows("marts.campaign_roi_multiverse")
    return {row["ip_classes"]: row["conversions_ppb"] for row in rows if row["model"] == "linear" and row["window_days"] == 30}


def test_shows_that_change_places_are_told(cases: dict[str, Any]) -> None:
    """The later show has all within 7 days, the earlier one all under first touch within 30."""
    rows = cases["shows_that_flip"].rows("marts.show_ranking_flips")
    assert [(row["best_rank"], row["worst_rank"], row["flips_with"]) for row in rows] == [(1, 2, 1), (1, 2, 1)]
    assert {row["headline_rank"] for row in rows} == {1}


def test_a_model_of_the_tenants_own_can_flip_shows(cases: dict[str, Any]) -> None:
    """Under it the path brings nothing: a ranking that only the built-in models are asked for would be called sure."""
    for case, ranks, lowest in (
        ("shows_that_keep_their_places", [(1, 1, 0), (2, 2, 0)], 0.25),
        ("a_model_that_flips_them", [(1, 2, 1), (1, 2, 1)], 0),
    ):
        rows = cases[case].rows("marts.show_ranking_flips", "headline_rank")
        assert [(row["best_rank"], row["worst_rank"], row["flips_with"]) for row in rows] == ranks
        assert rows[0]["lowest_roas"] == lowest


def test_a_customer_who_comes_again_is_no_new_one(cases: dict[str, Any]) -> None:
    """Two orders of one buyer: 200.00 each as cost per conversion, 400.00 as the cost of the one customer, who is worth 300.00."""
    row = roi(cases["worth_over_the_years"])
    assert (row["cpa_minor"], row["cac_minor"], row["new_customers_ppb"]) == (20_000, 40_000, BILLION)
    assert (row["lifetime_value_minor"], row["lifetime_roi"]) == (30_000, -0.625)


def test_a_lifetime_value_without_a_rate_is_no_number(cases: dict[str, Any]) -> None:
    row = roi(cases["worth_in_an_unknown_currency"])
    assert (row["lifetime_value_minor"], row["lifetime_roi"], row["roi"]) == (None, None, -0.75)


def test_cohorts_say_by_which_date_they_are(cases: dict[str, Any]) -> None:
    rows = cases["two_weeks_apart"].rows("marts.campaign_roi_cohorts", "cohort_week")
    weeks = {(row["basis"], row["cohort_week"]): row for row in rows if row["model"] == "linear"}
    earned = {key: row["revenue_minor"] for key, row in weeks.items() if row["revenue_minor"]}
    assert earned == {("exposure_date", date(2026, 6, 1)): 10_000, ("conversion_date", date(2026, 6, 15)): 10_000}
    assert {(basis, row["spend_minor"]) for (basis, week), row in weeks.items() if week == date(2026, 6, 1)} == {
        ("exposure_date", 9_333), ("conversion_date", 9_333),
    }  # fmt: skip
    assert all(row["is_mature"] for row in rows)
