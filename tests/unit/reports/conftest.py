"""Figures of one campaign as the marts' door gives them, of any shape that a test asks for."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from api.marts.delivery import NOBODY, NOTHING
from api.marts.figures import AttributionSettings, CampaignFigures, NetworkFigures
from api.marts.models import (
    MODELS,
    Build,
    CampaignAttribution,
    CampaignSummary,
    ConversionDay,
    CustomModelTotal,
    CustomRoi,
    DeliveryDay,
    ModelTotal,
    Money,
    Performance,
    Placement,
    PlacementTotal,
    Roi,
)
from api.marts.models.delivery import CampaignDelivery, CampaignForecast, Forecast, Reach
from api.marts.models.lift import CampaignLift, FalsePositives, LiftSpan
from api.marts.models.summary import Apart, CampaignResult, CurrencyResult, DayResult, NetworkSummary, Result, ShowResult
from api.success.economics import Cost, month_economics
from api.success.figures import sentiment, weeks
from api.success.review import Account, ReviewFigures

FITTED = datetime(2026, 11, 20, 5, tzinfo=UTC)
CAMPAIGN, SPONSOR = UUID(int=1), UUID(int=2)
START = date(2026, 9, 14)
SHARES = (3, 2, 1)
STATED, PAID = Cost(Decimal(300), "USD"), Money.of(90_000, "USD")
MakeFigures = Callable[..., CampaignFigures]


@pytest.fixture
def make_figures() -> MakeFigures:
    return figures


@pytest.fixture
def make_network() -> Callable[..., NetworkFigures]:
    return network


@pytest.fixture
def make_review() -> Callable[..., ReviewFigures]:
    return review


@pytest.fixture
def outlook() -> SimpleNamespace:
    """Makers of what is foreseen and of lift: `span`, `foreseen`, `studied`, and `known`, which puts them into figures."""
    return SimpleNamespace(span=span, foreseen=foreseen, studied=studied, known=outlook_known)


def figures(
    name: str = "Autumn Launch",
    sponsor: str = "Northwind Coffee",
    tenant: str = "Lighthouse Audio",
    currency: str = "USD",
    shows: tuple[str, ...] = ("The Long Commute", "Kitchen Table", "Nightshift"),
    contracted: int | None = 60_000,
    days: int = 20,
    cpm_minor: int = 2_500,
    stale_reason: str | None = None,
    is_empty: bool = False,
    own_models: tuple[str, ...] = (),
) -> CampaignFigures:
    """A campaign of `days` days; `is_empty`: nothing was delivered, credited or spent, and the build holds no return; `own_models`
    are models that the account made, by name."""
    build = Build(
        build_id=UUID("3f1c2a44-9a7e-4d1c-8a3e-0d3b1f2e4c55"), published_at=datetime(2026, 11, 20, 6, 5, tzinfo=UTC),
        is_stale=stale_reason is not None, stale_reason=stale_reason,
    )  # fmt: skip
    days = 0 if is_empty else days
    ads = [900 + 37 * i % 200 for i in range(days)]
    spend = [cpm_minor * n // 1000 for n in ads]
    credit = [
        (START + timedelta(days=i), model, 1_250 + 40 * i + k, 9_900 + 7 * i + k)
        for i in range(days)
        for k, model in enumerate(MODELS)
    ]
    daily = [
        ConversionDay(day=day, model=m, conversions=Decimal(n) / 1000, revenue=Money.of(minor, currency))
        for day, m, n, minor in credit
    ]
    placements = [
        Placement(
            placement_id=UUID(int=100 + n), show_id=UUID(int=200 + n), show_title=title, position="mid_roll", insertion="dynamic",
            flight_start=START, flight_end=START + timedelta(days=29), price_model="cpm", price=Money.of(cpm_minor, currency),
            contracted_ads=contracted, ads_delivered=sum(ads) * SHARES[n % 3] // 6,
            spend=Money.of(sum(spend) * SHARES[n % 3] // 6, currency),
        )
        for n, title in enumerate(shows)
    ]  # fmt: skip
    by_placement = [
        PlacementTotal(
            model=model, placement_id=p.placement_id, show_id=p.show_id, show_title=p.show_title,
            conversions=Decimal(sum(c for _, m, c, _ in credit if m == model)) / 1000 * SHARES[n % 3],
            revenue=Money.of(sum(r for _, m, _, r in credit if m == model) * SHARES[n % 3], currency),
        )
        for model in MODELS
        for n, p in enumerate(placements)
        if days
    ]  # fmt: skip
    totals = [
        ModelTotal(
            model=model,
            conversions=sum((p.conversions for p in by_placement if p.model == model), Decimal(0)),
            revenue=Money(amount=sum((p.revenue.amount for p in by_placement if p.model == model), Decimal(0)), currency=currency),
        )
        for model in MODELS
        if days
    ]
    own = [
        CustomModelTotal(
            model=f"custom:{UUID(int=300 + n)}", name=name, conversions=Decimal("12.345678901") + n,
            revenue=Money.of(4_711 + n, currency), is_unconverted=False,
        )
        for n, name in enumerate(own_models)
    ]  # fmt: skip
    spent = Money.of(sum(spend), currency)
    attribution = {
        basis: CampaignAttribution(
            build=build, campaign_id=CAMPAIGN, basis=basis, models=totals, placements=by_placement, daily=daily, custom_models=own
        )
        for basis in ("conversion_date", "exposure_date")
    }  # fmt: skip
    return CampaignFigures(
        build=build,
        read_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
        tenant_name=tenant,
        timezone="America/New_York",
        settings=AttributionSettings(),
        campaign=CampaignSummary(
            campaign_id=CAMPAIGN, sponsor_id=SPONSOR, sponsor_name=sponsor, name=name, status="active", currency=currency,
            flight_start=START, flight_end=START + timedelta(days=29), goal_kind="purchase", utm_campaign=None,
            created_at=build.published_at, updated_at=build.published_at,
        ),
        performance=Performance(
            contracted_ads=contracted, ads_delivered=sum(ads), flight_elapsed_rate=0.75,
            delivered_rate=sum(ads) / contracted if contracted else None,
            pacing_rate=0.91 if contracted else None, make_good_ads=1_290,
            spend=spent, visits=321, conversions=44 if days else 0, revenue=Money.of(290_400 if days else 0, currency),
            verified_revenue=Money.of(180_010 if days else 0, currency), exposure_conversions=30 if days else 0,
            click_conversions=5 if days else 0, vanity_conversions=2 if days else 0, code_conversions=7 if days else 0,
            first_event_at=build.published_at if days else None, last_event_at=None, is_live=False,
        ),
        placements=placements,
        delivery=[
            DeliveryDay(day=START + timedelta(days=i), ads_delivered=ads[i], spend=Money.of(spend[i], currency))
            for i in range(days)
        ],
        attribution=attribution["conversion_date"],
        exposure_attribution=attribution["exposure_date"],
        roi=[Roi(model=total.model, **returned(total, spent)) for total in totals],
        custom_roi=[CustomRoi(model=total.model, name=total.name, **returned(total, spent)) for total in own],
    )  # fmt: skip


def returned(total: ModelTotal | CustomModelTotal, spend: Money) -> dict[str, Any]:
    has_spend: Any = spend.amount > 0
    return {
        "spend": spend, "revenue": total.revenue, "conversions": total.conversions, "margin_rate": Decimal("0.42"),
        "roi": float((total.revenue.amount * Decimal("0.42") - spend.amount) / spend.amount) if has_spend else None,
        "roas": float(total.revenue.amount / spend.amount) if has_spend else None, "cost_per_conversion": spend,
        "average_order_value": total.revenue,
    }  # fmt: skip


def span(week_from: int, week_to: int, *, lift: float | None = 0.31, **changes: Any) -> LiftSpan:
    known = lift is not None
    values = {
        "week_from": week_from, "week_to": week_to, "is_placebo": week_from < 0, "verdict": "estimated", "reason": "",
        "exposed_count": 4_100 + week_to, "matched_count": 3_900 + week_to, "control_count": 9_000 + week_to,
        "exposed_conversions": 82, "control_conversions": 140, "detectable_lift": 0.27,
        "exposed_rate": 0.0210256 if known else None, "control_rate": 0.0160501 if known else None, "lift": lift,
        "lift_low": lift - 0.2 if lift is not None else None, "lift_high": lift + 0.25 if lift is not None else None,
        "incremental_conversions": 19.4 if known else None, "incremental_low": 7.25 if known else None,
        "incremental_high": 33.5 if known else None, **changes,
    }  # fmt: skip
    return LiftSpan.model_validate(values)


def studied(figures: CampaignFigures, **changes: Any) -> CampaignLift:
    values = {
        "build": figures.build, "campaign_id": figures.campaign.campaign_id, "design": "matched", "verdict": "estimated",
        "reason": "", "headline": span(0, 4), "placebo": span(-4, 0, lift=-0.04), "weeks": [span(n, n + 1) for n in range(8)],
        "placebo_weeks": [span(n, n + 1, lift=0.02) for n in range(-4, 0)],
        "split_tests": FalsePositives(tests=240, positive=13, rate=13 / 240),
        "placebo_tests": FalsePositives(tests=24, positive=1, rate=1 / 24), "model_version": "lift 1", "seed": 7,
        "fitted_build_id": UUID(int=9), "fitted_at": FITTED, **changes,
    }  # fmt: skip
    return CampaignLift.model_validate(values)


def foreseen(figure: str, **changes: Any) -> Forecast:
    values = {
        "figure": figure, "verdict": "estimated", "reason": "", "method": "decay", "as_of_date": date(2026, 11, 20),
        "until_date": date(2026, 12, 14), "so_far_count": 41_000, "expected_count": 58_123.4, "low_count": 55_000.0,
        "high_count": 61_000.5, "low_95_count": 53_000.0, "high_95_count": 63_000.0, "backtest_count": 9, "error_rate": 0.041,
        "naive_error_rate": 0.083, "model_version": "forecast 1", "fitted_at": FITTED, **changes,
    }  # fmt: skip
    return Forecast.model_validate(values)


def delivered(figures: CampaignFigures, **changes: Any) -> CampaignDelivery:
    values = {
        **NOTHING, "build": figures.build, "campaign_id": figures.campaign.campaign_id, "flight_start": date(2026, 9, 14),
        "flight_end": date(2026, 12, 14), "contracted_ads": 60_000, "ads_delivered": 41_000, "due_ads": 45_000,
        "under_delivered_ads": 4_000, "forecast_verdict": "estimated", "forecast_reason": "", "forecast_ads": 58_123.4,
        "forecast_low_ads": 55_000.0, "forecast_high_ads": 61_000.5, "guarantee_probability": 0.1234,
        "expected_make_good_ads": 1_900, "flags": ["concentrated"],
        "reach": Reach(**{**NOBODY, "households": 9_100, "listeners": 9_900, "frequency": 3.25, "usable_rate": 0.81}), **changes,
    }  # fmt: skip
    return CampaignDelivery.model_validate(values)


def outlook_known(
    figures: CampaignFigures, lift: dict[str, Any], delivery: dict[str, Any], forecasts: list[Forecast]
) -> CampaignFigures:
    outlook = {
        "outlook": delivered(figures, **delivery), "lift": studied(figures, **lift),
        "forecast": CampaignForecast(build=figures.build, campaign_id=figures.campaign.campaign_id, forecasts=forecasts),
    }  # fmt: skip
    return figures.model_copy(update=outlook)


def network(
    campaigns: tuple[str, ...] = ("Autumn Launch", "Winter", "Spring"), shows: tuple[str, ...] = ("The Long Commute", "Nightshift"),
    sponsor: str = "Northwind Coffee", is_empty: bool = False,
) -> NetworkFigures:  # fmt: skip
    """October 2026 of an account; `is_empty`: nothing happened in it."""
    base, first, last = figures(), date(2026, 10, 1), date(2026, 10, 31)
    flight: dict[str, Any] = {
        "sponsor_id": SPONSOR,
        "sponsor_name": sponsor,
        "status": "active",
        "flight_start": first,
        "flight_end": last,
    }
    rows: dict[str, Any] = {
        "totals": [
            CurrencyResult(campaigns=3, before=Result(**result(3)), **result(90)),
            CurrencyResult(campaigns=1, before=None, **result(7, "EUR")),
        ],
        "models": [
            ModelTotal(model=m, conversions=Decimal(44), revenue=Money.of(1_000_000 + n, "USD")) for n, m in enumerate(MODELS)
        ],
        "campaigns": [
            CampaignResult(campaign_id=UUID(int=500 + n), campaign_name=name, **flight, **result(13 * n))
            for n, name in enumerate(campaigns)
        ],
        "shows": [ShowResult(show_id=UUID(int=600 + n), show_title=t, **result(31 * n)) for n, t in enumerate(shows)]
        + [ShowResult(show_id=None, show_title="", **result(1))],
        "days": [DayResult(day=first + timedelta(days=n), **result(n * n)) for n in range(31)],
        "apart": [Apart(kind="unattributed", conversions=Decimal(31), revenue=Money.of(99_900, "USD"))],
    }  # fmt: skip
    summary = NetworkSummary(
        build=base.build, first_day=first, last_day=last, sponsor_id=None, sponsor_name=None,
        **({name: [] for name in rows} if is_empty else rows),
    )  # fmt: skip
    about = base.model_dump(include={"read_at", "tenant_name", "timezone"})
    return NetworkFigures(build=base.build, settings=base.settings, currency="USD", summary=summary, **about)


def review(cost: Cost | None = STATED, former: Money | None = PAID) -> ReviewFigures:
    """The two last weeks of October 2026 of an account with answers in one of four weeks."""
    base, first, last = network(), date(2026, 10, 12), date(2026, 10, 25)
    account = Account(datetime(2026, 1, 10, tzinfo=UTC), former)
    answered = {
        "nps_answers": 3, "promoters": 2, "detractors": 1, "satisfaction_answers": 2, "satisfaction_sum": 15, "technical_issues": 1,
    }  # fmt: skip
    silent = dict.fromkeys(answered, 0)
    these = [
        {
            "customer_id": "c", "week": (first + timedelta(days=7 * n)).isoformat(), "accepted_count": 900 + n, "active_users": 2,
            "created_campaigns": 1, "generated_reports": 4, **(answered if n == 1 else silent),
        }
        for n in range(-2, 2)
    ]  # fmt: skip
    month = {"month": "2026-10-01", "accepted_count": 12_000, "share": 0.125}
    known = {name: getattr(base, name) for name in NetworkFigures.model_fields}
    known["summary"] = base.summary.model_copy(update={"first_day": first, "last_day": last})
    return ReviewFigures(
        **known, said=sentiment([answered]), weeks=weeks(these),
        months=[month_economics(account, month, cost, datetime(2026, 11, 20, tzinfo=UTC))],
    )  # fmt: skip


def result(n: int, currency: str = "USD") -> dict[str, Any]:
    spend, revenue = 250_000 + 100 * n, 510_000 + 777 * n
    return {
        "ads_delivered": 1_000 + n, "spend": Money.of(spend, currency), "conversions": Decimal(12) + Decimal(n) / 10,
        "revenue": Money.of(revenue, currency), "roas": revenue / spend,
    }  # fmt: skip
