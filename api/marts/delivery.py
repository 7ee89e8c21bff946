"""Delivery and forecasts of a campaign, as built."""

from uuid import UUID

from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.errors import NotBuiltError
from api.marts.models.delivery import CampaignDelivery, CampaignForecast, Forecast, Reach
from api.marts.warehouse import Reader, has_table

DELIVERY = """
select
    d.*, d.household_count as households, d.listener_count as listeners, d.once_count as heard_once,
    d.twice_count as heard_two_or_three, d.often_count as heard_four_or_more
from marts.campaign_delivery as d
where d.campaign_id = %(campaign_id)s
"""
FORECASTS = """
select f.*
from marts.campaign_forecast as f
where f.campaign_id = %(campaign_id)s
order by array_position(array['ads', 'downloads', 'conversions'], f.figure)
"""


def campaign_delivery(c: Reader, campaign_id: UUID) -> CampaignDelivery:
    """One campaign's delivery. Raises NotFoundError, and NotBuiltError where no build knows the campaign yet."""
    get_campaign(c, campaign_id)
    build = current_build(c)
    row = c.execute(DELIVERY, {"campaign_id": campaign_id}).fetchone() if has_table(c, "campaign_delivery") else None
    if row is None:
        raise NotBuiltError("campaign_delivery of a campaign that is newer than the build")
    return CampaignDelivery(
        build=build, reach=Reach(**Reach.fields_of(row)), **CampaignDelivery.fields_of({**row, "campaign_id": campaign_id})
    )


def campaign_forecast(c: Reader, campaign_id: UUID) -> CampaignForecast:
    """One campaign's forecasts, none before the first daily run. Raises NotFoundError, and NotBuiltError before the first build."""
    get_campaign(c, campaign_id)
    build = current_build(c)
    rows = c.execute(FORECASTS, {"campaign_id": campaign_id}).fetchall() if has_table(c, "campaign_forecast") else []
    return CampaignForecast(build=build, campaign_id=campaign_id, forecasts=[Forecast(**Forecast.fields_of(row)) for row in rows])
