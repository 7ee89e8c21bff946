"""What the network summary and the post-campaign report say, as JSON."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep
from api.campaigns.reports import LONGEST_PERIOD
from api.errors import Problem, not_found
from api.marts.models.summary import CampaignOutcome, NetworkSummary
from api.marts.outcome import campaign_outcome
from api.marts.summary import network_summary
from api.routes.answers import read_marts
from api.routes.statistics import require_order
from api.routes.visibility import require_visible

router = APIRouter(prefix="/v1")


@router.get(
    "/network/summary", tags=["network"], operation_id="network_summary", summary="Read the summary of a period",
    response_model=NetworkSummary,
)  # fmt: skip
def get_summary(
    principal: PrincipalDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    first_day: Annotated[date, Query(description="The first UTC day.")],
    last_day: Annotated[date, Query(description="The last UTC day, included.")],
    sponsor_id: Annotated[UUID | None, Query(description="Only this sponsor's campaigns.")] = None,
) -> Any:
    """One period: totals against as many days before, models, campaigns, shows and days; the cells of the network summary."""
    require_order(first_day, last_day)
    if (last_day - first_day).days >= LONGEST_PERIOD:
        raise Problem(
            "invalid", f"found {first_day} to {last_day}, expected at most {LONGEST_PERIOD} days: ask for a shorter period"
        )
    seen = principal.sees_sponsor
    if seen is not None and sponsor_id not in (None, seen):
        raise not_found("sponsor", sponsor_id)
    return read_marts(
        request, response, found, principal, lambda c: network_summary(c, first_day, last_day, sponsor_id=seen or sponsor_id)
    )


@router.get(
    "/campaigns/{campaign_id}/outcome", tags=["analytics"], operation_id="analytics_outcome",
    summary="Read a campaign's promise and outcome", response_model=CampaignOutcome,
)  # fmt: skip
def get_outcome(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One campaign: what was promised against what was delivered and paid, by placement and by week of the flight; as built."""
    require_visible(found.warehouse, principal, campaign_id)
    return read_marts(request, response, found, principal, lambda c: campaign_outcome(c, campaign_id))
