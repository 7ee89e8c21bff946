"""Everything that a report says, from one snapshot, and the digest by which two reports of the same figures agree."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.marts.attribution import campaign_attribution
from api.marts.builds import current_build
from api.marts.campaigns import campaign_delivery, campaign_performance, campaign_placements, get_campaign
from api.marts.delivery import campaign_delivery as campaign_outlook
from api.marts.delivery import campaign_forecast
from api.marts.errors import NotFoundError
from api.marts.lift import campaign_lift
from api.marts.models import (
    Build,
    CampaignAttribution,
    CampaignSummary,
    CustomRoi,
    DeliveryDay,
    Multiverse,
    Performance,
    Placement,
    Roi,
    Shape,
)
from api.marts.models.delivery import CampaignDelivery, CampaignForecast
from api.marts.models.lift import CampaignLift
from api.marts.models.own_models import StatedModel
from api.marts.models.saturation import ShowSaturation
from api.marts.models.summary import NetworkSummary
from api.marts.multiverse import campaign_return
from api.marts.own_models import own_models
from api.marts.saturation import campaign_saturation
from api.marts.summary import network_summary
from api.marts.warehouse import Reader, Row

TENANT = "select name, currency, timezone from app.tenants"
SETTINGS = """
select
    exposure_window_s, click_window_s, coalesce(vanity_window_s, click_window_s) as vanity_window_s, code_grace_days,
    coalesce(windows_by_kind, '{}') as windows_by_kind, half_life_s, position_first, position_middle, position_last
from app.attribution_settings
"""


class AttributionSettings(Shape):
    """The windows and weights that the tenant's attribution uses, as its methods page prints them. Windows are in seconds.

    `windows_by_kind`: for conversions of a kind, the windows of these names that differ.
    """

    exposure_window_s: int = 2_592_000
    click_window_s: int = 2_592_000
    vanity_window_s: int = 2_592_000
    code_grace_days: int = 90
    windows_by_kind: dict[str, dict[str, int]] = Field(default={})
    half_life_s: int = 604_800
    position_first: float = 0.4
    position_middle: float = 0.2
    position_last: float = 0.4


class ReportFigures(Shape):
    """What every kind of report has: one build, whose it is, and by which windows its credit was given."""

    build: Build
    read_at: datetime
    tenant_name: str
    timezone: str
    settings: AttributionSettings


class NetworkFigures(ReportFigures):
    """All campaigns of an account within a period, as the network summary shows them."""

    currency: str
    summary: NetworkSummary


class CampaignFigures(ReportFigures):
    """One campaign as its report shows it: as built, without the live tail, so that every figure belongs to `build`."""

    campaign: CampaignSummary
    performance: Performance
    placements: list[Placement]
    delivery: list[DeliveryDay]
    attribution: CampaignAttribution
    exposure_attribution: CampaignAttribution
    roi: list[Roi]
    custom_roi: list[CustomRoi] = Field(default=[])
    saturation: list[ShowSaturation] = Field(default=[], description="Of the campaign's shows, for its sponsor.")
    multiverse: Multiverse | None = None
    outlook: CampaignDelivery | None = None
    forecast: CampaignForecast | None = None
    lift: CampaignLift | None = None
    own_models: list[StatedModel] = Field(default=[], description="The account's own models, as the build credits by them.")


def campaign_figures(c: Reader, campaign_id: UUID) -> CampaignFigures:
    """All figures of one campaign's report. Raises NotFoundError, and NotBuiltError before the first build."""
    campaign = get_campaign(c, campaign_id)
    roi = campaign_return(c, campaign_id)
    return CampaignFigures(
        **_about(c),
        campaign=campaign,
        performance=campaign_performance(c, campaign, live=False),
        placements=campaign_placements(c, campaign_id),
        delivery=campaign_delivery(c, campaign_id),
        attribution=campaign_attribution(c, campaign_id, "conversion_date"),
        exposure_attribution=campaign_attribution(c, campaign_id, "exposure_date"),
        roi=roi.rows,
        custom_roi=roi.custom_models,
        saturation=campaign_saturation(c, campaign_id, campaign.sponsor_id),
        multiverse=roi.multiverse,
        outlook=campaign_outlook(c, campaign_id),
        forecast=campaign_forecast(c, campaign_id),
        lift=campaign_lift(c, campaign_id),
        own_models=own_models(c),
    )


def network_figures(c: Reader, first_day: date, last_day: date, *, sponsor_id: UUID | None = None) -> NetworkFigures:
    """All figures of a network summary. Raises NotFoundError for another's sponsor, and NotBuiltError before the first build."""
    tenant = _tenant(c)
    summary = network_summary(c, first_day, last_day, sponsor_id=sponsor_id)
    return NetworkFigures(**_about(c), currency=tenant["currency"], summary=summary)


def _about(c: Reader) -> dict[str, Any]:
    tenant = _tenant(c)
    now = c.execute("select now() as read_at").fetchone() or {}
    return {
        "build": current_build(c), "read_at": now["read_at"], "tenant_name": tenant["name"], "timezone": tenant["timezone"],
        "settings": AttributionSettings(**(c.execute(SETTINGS).fetchone() or {})),
    }  # fmt: skip


def _tenant(c: Reader) -> Row:
    tenant = c.execute(TENANT).fetchone()
    if tenant is None:
        raise NotFoundError("tenant", "of this transaction")
    return tenant


# Of which build and when, and by which rules: the same figures come of another one.
NOT_FIGURES: Mapping[str, Any] = {
    "build": True, "read_at": True, "attribution": {"build"}, "exposure_attribution": {"build"}, "outlook": {"build"},
    "forecast": {"build": True, "forecasts": {"__all__": {"fitted_at"}}}, "lift": {"build", "fitted_build_id", "fitted_at"},
    "summary": {"build"}, "own_models": True,
}  # fmt: skip


def figures_sha256(figures: ReportFigures) -> str:
    """Hex digest of the figures alone: neither the build nor the time of reading is in it, so equal figures have equal digests."""
    named = {name: what for name, what in NOT_FIGURES.items() if name in type(figures).model_fields}
    said = figures.model_dump(mode="json", exclude=named)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
