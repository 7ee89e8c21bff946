"""Delivery of a campaign against its contract, and what the rest of its flight will bring."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep
from api.campaigns.views import record_view
from api.marts.delivery import campaign_delivery, campaign_forecast
from api.marts.models.delivery import CampaignDelivery, CampaignForecast
from api.routes.answers import read_marts
from api.routes.visibility import require_visible

router = APIRouter(prefix="/v1/campaigns/{campaign_id}", tags=["delivery"])


@router.get("/delivery", operation_id="delivery_read", summary="Read a campaign's delivery", response_model=CampaignDelivery)
def get_delivery(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One campaign: pacing, the chance of reaching the guarantee by the flight's end, make-good, reach, frequency and flags."""
    require_visible(found.warehouse, principal, campaign_id)
    answer = read_marts(request, response, found, principal, lambda c: campaign_delivery(c, campaign_id))
    record_view(found.database, principal, campaign_id)
    return answer


@router.get("/forecast", operation_id="delivery_forecast", summary="Read a campaign's forecast", response_model=CampaignForecast)
def get_forecast(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One row per figure (ads, downloads, conversions): by the flight's end, with intervals, beside the backtests' errors.

    Where the model was no nearer than the last week again, that is what is shown. Too little data is a verdict and no number.
    """
    require_visible(found.warehouse, principal, campaign_id)
    answer = read_marts(request, response, found, principal, lambda c: campaign_forecast(c, campaign_id))
    record_view(found.database, principal, campaign_id)
    return answer
