"""The product's own metrics: time to first value, campaign completion, collection (domain rules, section 9)."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.dashboard import formats
from api.dashboard.access import NetworkViewerDep, ServicesDep
from api.dashboard.pictures import collection as collection_pictures
from api.dashboard.pictures import product as pictures
from api.dashboard.rendering import Tile, page
from api.dashboard.sentences import alert_line
from api.marts.alerts import collection_alerts
from api.marts.collection import collection
from api.marts.models import Completion, TtfvFigures
from api.marts.models.product import RateFigures
from api.marts.product import completion, friction, product_rates, ttfv

router = APIRouter()
COLLECTION_DAYS = 7


@router.get("/product")
def product_page(viewer: NetworkViewerDep, found: ServicesDep) -> HTMLResponse:
    """All of them from one snapshot."""
    today = datetime.now(UTC).date()
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        first_value = ttfv(c)
        completed = completion(c)
        rates = product_rates(c)
        points = friction(c).points
        alerts = collection_alerts(c, only_open=True).items
        collected = collection(c, today - timedelta(days=COLLECTION_DAYS - 1), today)
    return page(
        "product.html", viewer, "product", build=first_value.build, ttfv_figures=ttfv_tiles(first_value.overall),
        weekly=pictures.ttfv_by_week(first_value.weekly), share=pictures.within_target_by_week(first_value.weekly),
        histogram=pictures.histogram(first_value.observed_s), completion_figures=completion_tiles(completed),
        funnel=pictures.funnel(completed.funnel), drop_off=pictures.drop_off(completed.funnel),
        survival=pictures.survival(first_value.curve), rate_figures=rate_tiles(rates.overall),
        rates_weekly=pictures.rates_by_week(rates.weekly), friction=pictures.friction_lines(points),
        collection_figures=collection_pictures.tiles(collected), collected_by_day=collection_pictures.by_day(collected.hours),
        loss_by_day=collection_pictures.loss_by_day(collected.hours), collection_sites=collected.sites,
        alerts=[alert_line(alert) for alert in alerts],
    )  # fmt: skip


def ttfv_tiles(figures: TtfvFigures | None) -> list[Tile]:
    """Median, quantiles, the share within 15 minutes beside its target, and how many users stand behind them."""
    if figures is None or figures.users == 0:
        return [Tile("Users", "0", "nobody has registered yet")]
    return [
        Tile("Median", formats.duration(figures.median_s), "" if figures.median_s is not None else "fewer than half got there"),
        Tile("75th percentile", formats.duration(figures.p75_s)),
        Tile("90th percentile", formats.duration(figures.p90_s)),
        Tile(
            "Within 15 minutes",
            formats.rate(figures.within_15_min_rate),
            f"target {formats.rate(pictures.TARGET_WITHIN_15_MIN, 0)}",
            figures.within_15_min_rate,
            pictures.TARGET_WITHIN_15_MIN,
        ),
        Tile("Users", formats.number(figures.users), f"{formats.number(figures.users_with_value)} with a campaign"),
        Tile("At risk at 15 minutes", formats.number(figures.at_risk_15_min), "still without one, still watched"),
    ]


def completion_tiles(figures: Completion) -> list[Tile]:
    """The rate over all campaigns and over the mature ones, each with what it is a rate of."""
    return [
        Tile(
            "Completed, mature campaigns",
            formats.rate(figures.mature_completion_rate),
            "target over 70%",
            figures.mature_completion_rate,
            0.7,
        ),
        Tile(
            "Completed, all campaigns",
            formats.rate(figures.completion_rate),
            f"{formats.number(figures.completed_campaigns)} of {formats.number(figures.campaigns)}",
        ),
        Tile("Mature campaigns", formats.number(figures.mature_campaigns), "flight and window have passed"),
        Tile("Delivered of contract", formats.rate(figures.delivered_rate), "over the mature campaigns"),
    ]


def rate_tiles(figures: RateFigures | None) -> list[Tile]:
    """How reports go, and how much of the core loop fails for a fault of ours, beside its target."""
    if figures is None:
        return [Tile("Attempts", "0", "nobody has tried anything yet")]
    tried, refused = formats.number(figures.core_loop_attempts), formats.number(figures.core_loop_refusals)
    return [
        Tile(
            "Users with a campaign",
            formats.rate(figures.campaign_creation_rate),
            f"{formats.number(figures.creating_users)} of {formats.number(figures.registered_users)}",
        ),
        Tile(
            "Campaigns with a report",
            formats.rate(figures.report_generation_rate),
            f"{formats.number(figures.reported_campaigns)} of {formats.number(figures.created_campaigns)}",
        ),
        Tile(
            "Reports that succeeded",
            formats.rate(figures.report_success_rate),
            f"{formats.number(figures.failed_reports)} failed",
        ),
        Tile(
            "Time to a report",
            formats.duration(figures.report_median_s),
            f"median; 95% within {formats.duration(figures.report_p95_s)}",
        ),
        Tile(
            "Errors of the core loop",
            formats.rate(figures.error_rate),
            f"target under {formats.rate(pictures.TARGET_ERROR_RATE, 0)}; {tried} tried, {refused} refused",
        ),
    ]
