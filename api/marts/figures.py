"""Everything that a campaign's report says, from one snapshot, and the digest by which two reports of the same figures agree."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
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
from api.marts.models.saturation import ShowSaturation
from api.marts.multiverse import campaign_return
from api.marts.saturation import campaign_saturation
from api.marts.warehouse import Reader

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


class CampaignFigures(Shape):
    """One campaign as its report shows it: as built, without the live tail, so that every figure belongs to `build`."""

    build: Build
    read_at: datetime
    tenant_name: str
    timezone: str
    settings: AttributionSettings
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


def campaign_figures(c: Reader, campaign_id: UUID) -> CampaignFigures:
    """All figures of one campaign's report. Raises NotFoundError, and NotBuiltError before the first build."""
    campaign = get_campaign(c, campaign_id)
    tenant = c.execute(TENANT).fetchone()
    if tenant is None:
        raise NotFoundError("tenant", "of this transaction")
    roi = campaign_return(c, campaign_id)
    now = c.execute("select now() as read_at").fetchone() or {}
    return CampaignFigures(
        build=current_build(c),
        read_at=now["read_at"],
        tenant_name=tenant["name"],
        timezone=tenant["timezone"],
        settings=AttributionSettings(**(c.execute(SETTINGS).fetchone() or {})),
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
    )


# Of which build and when: the same figures come of another one.
NOT_FIGURES: Mapping[str, Any] = {
    "build": True, "read_at": True, "attribution": {"build"}, "exposure_attribution": {"build"}, "outlook": {"build"},
    "forecast": {"build": True, "forecasts": {"__all__": {"fitted_at"}}}, "lift": {"build", "fitted_build_id", "fitted_at"},
}  # fmt: skip


def figures_sha256(figures: CampaignFigures) -> str:
    """Hex digest of the figures alone: neither the build nor the time of reading is in it, so equal figures have equal digests."""
    said = figures.model_dump(mode="json", exclude=dict(NOT_FIGURES))
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
