"""Charts and sentences from figures made by hand: a wrong sum, order or gap would be drawn beautifully and believed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from api.dashboard import sentences
from api.dashboard.charts import Chart, Series, Unit
from api.dashboard.pictures import campaign as pictures
from api.dashboard.pictures import downloads, product
from api.marts.models import (
    MODELS,
    Build,
    CampaignAnalytics,
    CampaignAttribution,
    CampaignSummary,
    ConversionDay,
    DeliveryDay,
    DownloadTotal,
    FunnelStep,
    ModelName,
    ModelTotal,
    Money,
    Performance,
    Placement,
    PlacementTotal,
)

NOW = datetime(2026, 5, 11, 12, tzinfo=UTC)
BUILD = Build(build_id=UUID(int=7), published_at=NOW, is_stale=False)
SHOW, ONE, TWO = UUID(int=1), UUID(int=2), UUID(int=3)


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def performance(**changes: Any) -> Performance:
    zero = dict.fromkeys(
        (
            "ads_delivered",
            "make_good_ads",
            "visits",
            "conversions",
            "exposure_conversions",
            "click_conversions",
            "vanity_conversions",
            "code_conversions",
        ),
        0,
    )
    nothing = dict.fromkeys(("contracted_ads", "delivered_rate", "pacing_rate", "first_event_at", "last_event_at"))
    money = {"spend": usd("0"), "revenue": usd("0"), "verified_revenue": usd("0")}
    return Performance.model_validate({**zero, **nothing, **money, "flight_elapsed_rate": 0.5, "is_live": False, **changes})


def analytics(delivered: dict[date, int], contracted: int | None, **changes: Any) -> CampaignAnalytics:
    summary = CampaignSummary(
        campaign_id=UUID(int=9),
        sponsor_id=UUID(int=8),
        sponsor_name="S",
        name="C",
        status="active",
        currency="USD",
        flight_start=date(2026, 5, 10),
        flight_end=date(2026, 5, 13),
        goal_kind="purchase",
        utm_campaign=None,
        created_at=NOW,
        updated_at=NOW,
    )
    return CampaignAnalytics(
        build=BUILD, campaign=summary, performance=performance(contracted_ads=contracted, **changes), placements=[], conversions=[],
        delivery=[DeliveryDay(day=day, ads_delivered=count, spend=usd("1")) for day, count in delivered.items()],
    )  # fmt: skip


def attribution(*rows: tuple[UUID, ModelName, str, str]) -> CampaignAttribution:
    placements = [
        PlacementTotal(
            placement_id=placement,
            show_id=SHOW,
            show_title="Show",
            model=model,
            conversions=Decimal(1),
            revenue=Money(amount=Decimal(amount), currency=currency),
        )
        for placement, model, amount, currency in rows
    ]
    totals: dict[tuple[ModelName, str], Decimal] = {}
    for row in placements:
        key = (row.model, row.revenue.currency)
        totals[key] = totals.get(key, Decimal(0)) + row.revenue.amount
    models = [
        ModelTotal(model=model, conversions=Decimal(1), revenue=Money(amount=amount, currency=currency))
        for (model, currency), amount in totals.items()
    ]
    daily = [
        ConversionDay(day=date(2026, 5, day), model="last_touch", conversions=Decimal(1), revenue=usd(amount))
        for day, amount in ((10, "5"), (12, "7"))
    ]
    return CampaignAttribution(
        build=BUILD, campaign_id=UUID(int=9), basis="conversion_date", models=models, placements=placements, daily=daily
    )


def test_pacing_accumulates_to_today_and_the_contract_to_the_flights_end() -> None:
    chart = pictures.pacing(analytics({date(2026, 5, 10): 30, date(2026, 5, 11): 20}, 400), NOW.date())
    assert [day.day for day in chart.categories if isinstance(day, date)] == [10, 11, 12, 13]
    assert list(chart.series[0].values) == [30, 50, None, None]
    assert list(chart.series[1].values) == [100, 200, 300, 400]
    assert chart.marks == {"Ads delivered": "2026-05-11"}


def test_the_tail_of_a_baked_in_ad_stays_in_the_picture_after_the_flight() -> None:
    """Also: a day without delivery carries the sum on, and the contract stops growing at the flight's end."""
    chart = pictures.pacing(analytics({date(2026, 5, 10): 30, date(2026, 5, 15): 5}, 400), date(2026, 5, 20))
    assert list(chart.series[0].values) == [30, 30, 30, 30, 30, 35]
    assert list(chart.series[1].values)[-2:] == [400, 400]
    assert chart.marks == {}


def test_without_a_contract_no_contract_is_drawn_and_days_between_are_zero() -> None:
    seen = analytics({date(2026, 5, 10): 30, date(2026, 5, 12): 5}, None)
    assert [s.name for s in pictures.pacing(seen, NOW.date()).series] == ["Ads delivered"]
    assert list(pictures.delivery_by_day(seen).series[0].values) == [30, 0, 5]
    assert pictures.delivery_by_day(analytics({}, None)).is_empty


def test_placements_of_one_show_and_position_are_told_apart_by_their_flights() -> None:
    def placement(identifier: UUID, start: date) -> Placement:
        return Placement(
            placement_id=identifier, show_id=SHOW, show_title="Show", position="mid_roll", insertion="dynamic", flight_start=start,
            flight_end=start, price_model="cpm", price=usd("1"), contracted_ads=None, ads_delivered=0, spend=usd("0"),
        )  # fmt: skip

    names = pictures.placement_names([placement(ONE, date(2026, 5, 1)), placement(TWO, date(2026, 6, 1))])
    assert names == {ONE: "Show, mid-roll, 1 May 2026", TWO: "Show, mid-roll, 1 Jun 2026"}
    assert pictures.placement_names([placement(ONE, date(2026, 5, 1))]) == {ONE: "Show, mid-roll"}


def test_credit_is_drawn_in_one_currency_and_tabled_in_each() -> None:
    seen = attribution((ONE, "last_touch", "10", "USD"), (TWO, "last_touch", "20", "USD"), (ONE, "last_touch", "99", "EUR"))
    chart = pictures.attribution_by_placement(seen, {ONE: "First", TWO: "Second"}, "USD")
    assert list(chart.categories) == ["Second", "First"]
    assert {s.name: list(s.values) for s in chart.series}["Last touch"] == [20, 10]
    table = sentences.credit_table(seen, {ONE: "First", TWO: "Second"})
    place = MODELS.index("last_touch")
    assert [(row.name, row.cells[place].revenue) for row in table.rows] == [
        ("First (EUR)", "€99.00"),
        ("Second (USD)", "$20.00"),
        ("First (USD)", "$10.00"),
    ]
    assert [(row.name, row.cells[place].revenue) for row in table.totals] == [("Total EUR", "€99.00"), ("Total USD", "$30.00")]


def test_revenue_by_day_fills_the_days_without_any() -> None:
    assert list(pictures.revenue_by_day(attribution(), "USD").series[0].values) == [5, 0, 7]


@pytest.mark.parametrize(
    ("changes", "contracted", "said"),
    [
        ({"ads_delivered": 120, "delivered_rate": 0.6, "pacing_rate": 1.2}, 200, "20% ahead of an even pace."),
        ({"ads_delivered": 98, "delivered_rate": 0.49, "pacing_rate": 0.98}, 200, ": on pace."),
        (
            {"ads_delivered": 80, "delivered_rate": 0.4, "flight_elapsed_rate": 1.0, "make_good_ads": 120},
            200,
            "; 120 are owed as a make-good.",
        ),
        ({"ads_delivered": 200, "delivered_rate": 1.0, "flight_elapsed_rate": 1.0}, 200, "; the contract is met."),
        ({"ads_delivered": 80}, None, "No number of ads was contracted."),
    ],
)
def test_delivery_in_words(changes: dict[str, Any], contracted: int | None, said: str) -> None:
    assert sentences.delivery_sentence(analytics({}, contracted, **changes)).endswith(said)


def test_attribution_in_words() -> None:
    same = attribution((ONE, "last_touch", "10", "USD"), (ONE, "linear", "10", "USD"))
    differs = attribution((ONE, "last_touch", "10", "USD"), (ONE, "linear", "12", "USD"))
    assert sentences.attribution_sentence(same, "USD").startswith("Every model credits $10.00")
    assert "$10.00 (last touch) to $12.00 (linear)" in sentences.attribution_sentence(differs, "USD")
    assert sentences.attribution_sentence(attribution(), "USD").startswith("No conversion")


def test_unverified_revenue_is_what_is_left() -> None:
    pairs = dict(sentences.evidence_pairs(performance(revenue=usd("10.10"), verified_revenue=usd("4.05"))))
    assert (pairs["Revenue, verified"], pairs["Revenue, unverified"]) == ("$4.05", "$6.05")


def test_the_last_thirty_days_are_thirty_and_end_today() -> None:
    rows = [DownloadTotal(day=NOW.date() - timedelta(days=30), downloads=9), DownloadTotal(day=NOW.date(), downloads=4)]
    chart = downloads.last_days(rows, NOW.date())
    assert len(chart.categories) == 30
    assert sum(value or 0 for value in chart.series[0].values) == 4


def test_the_histogram_puts_a_quarter_of_an_hour_where_it_is_over_the_target() -> None:
    counts = product.histogram([10, 299.9, 300, 899, 900, 3_600, 700_000]).series[0].values
    assert list(counts) == [2, 2, 1, 0, 1, 0, 0, 1]


def test_the_funnels_worst_step() -> None:
    def step(number: int, name: str, campaigns: int) -> FunnelStep:
        return FunnelStep(created_week=None, step_number=number, step=name, campaigns=campaigns, mature_campaigns=0, rate=None)

    steps = [step(1, "created", 9), step(2, "attribution_configured", 8), step(3, "first_event_received", 3)]
    assert product.drop_off(steps) == ("First event received", 5)
    assert product.drop_off(steps[:1]) is None


def test_a_charts_table_and_payload_hold_the_same_values() -> None:
    chart = Chart("c", "T", [date(2026, 5, 1)], [Series("S", [Decimal("1.50")]), Series("N", [None])], unit=Unit("money", "EUR"))
    assert chart.rows() == [("1 May 2026", ["€1.50", "–"])]
    assert [s["values"] for s in chart.payload()["series"]] == [[1.5], [None]]
    assert chart.payload()["categories"] == ["2026-05-01"]
    assert not chart.is_empty
