"""Delivery and forecasts of a campaign, as built."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.models.delivery import CampaignDelivery, CampaignForecast, Forecast, Reach
from api.marts.warehouse import Reader, has_table

DELIVERY = """
select
    d.*, d.household_count as households, d.listener_count as listeners, d.once_count as heard_once,
    d.twice_count as heard_two_or_three, d.often_count as heard_four_or_more,
    coalesce(d.crowded_household_count, 0) as crowded_addresses
from marts.campaign_delivery as d
where d.campaign_id = %(campaign_id)s
"""
FORECASTS = """
select f.*
from marts.campaign_forecast as f
where f.campaign_id = %(campaign_id)s
order by array_position(array['ads', 'downloads', 'conversions'], f.figure)
"""

# Of a campaign that is newer than the build.
NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(
        ("contracted_ads", "ads_delivered", "due_ads", "under_delivered_ads", "make_good_ads", "tail_ads", "silent_placements"), 0
    ),
    **dict.fromkeys(
        (
            "delivered_rate", "pacing_rate", "forecast_ads", "forecast_low_ads", "forecast_high_ads", "guarantee_probability",
            "expected_make_good_ads",
        )
    ),
    "flight_elapsed_rate": 0.0, "forecast_verdict": "not_run", "forecast_reason": "the campaign is newer than the build",
    "flags": [],
}  # fmt: skip
NOBODY: Mapping[str, Any] = {
    **dict.fromkeys(("households", "listeners", "heard_once", "heard_two_or_three", "heard_four_or_more"), 0),
    **dict.fromkeys(("frequency", "top_tenth_rate", "usable_rate")),
}


def campaign_delivery(c: Reader, campaign_id: UUID) -> CampaignDelivery:
    """One campaign's delivery; nothing yet of one that is newer than the build. Raises NotFoundError, NotBuiltError without one."""
    campaign = get_campaign(c, campaign_id)
    build = current_build(c)
    row = c.execute(DELIVERY, {"campaign_id": campaign_id}).fetchone() if has_table(c, "campaign_delivery") else None
    if row is None:
        flight = {"flight_start": campaign.flight_start, "flight_end": campaign.flight_end}
        return CampaignDelivery(build=build, campaign_id=campaign_id, reach=Reach(**NOBODY), **NOTHING, **flight)
    return CampaignDelivery(build=build, reach=Reach(**Reach.fields_of(row)), **CampaignDelivery.fields_of(row))


def campaign_forecast(c: Reader, campaign_id: UUID) -> CampaignForecast:
    """One campaign's forecasts, none before the first daily run. Raises NotFoundError, and NotBuiltError before the first build."""
    get_campaign(c, campaign_id)
    build = current_build(c)
    rows = c.execute(FORECASTS, {"campaign_id": campaign_id}).fetchall() if has_table(c, "campaign_forecast") else []
    return CampaignForecast(build=build, campaign_id=campaign_id, forecasts=[Forecast(**Forecast.fields_of(row)) for row in rows])
