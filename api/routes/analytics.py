"""What came of one campaign: analytics, attribution and return."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep
from api.campaigns.views import record_view
from api.marts.attribution import campaign_attribution
from api.marts.campaigns import campaign_analytics
from api.marts.data_driven import campaign_data_driven
from api.marts.models import Basis, CampaignAnalytics, CampaignAttribution, CampaignCohorts, CampaignReturn, ModelName
from api.marts.models.data_driven import DataDrivenAttribution, Granularity
from api.marts.multiverse import campaign_cohorts, campaign_return
from api.marts.warehouse import Reader
from api.routes.answers import read_marts
from api.routes.visibility import require_visible

router = APIRouter(prefix="/v1/campaigns/{campaign_id}", tags=["analytics"])
BasisQuery = Annotated[Basis, Query(description="By the day of the conversion, or of the exposure that earned the credit.")]
LiveQuery = Annotated[bool, Query(description="With the events that came after the build; false: exactly as built and reported.")]
ModelQuery = Annotated[ModelName | None, Query(description="Only this model; without it all five, side by side.")]


@router.get("/analytics", operation_id="analytics_read", summary="Read a campaign's analytics", response_model=CampaignAnalytics)
def get_analytics(
    campaign_id: UUID,
    principal: PrincipalDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    live: LiveQuery = True,
) -> Any:
    """One campaign: performance, placements, and delivery and conversions by day. Writes `analytics.viewed`, once an hour."""

    def read(c: Reader) -> CampaignAnalytics:
        return campaign_analytics(c, campaign_id, live=live)

    require_visible(found.warehouse, principal, campaign_id)
    answer = read_marts(request, response, found, principal, read, live=live)
    record_view(found.database, principal, campaign_id)
    return answer


@router.get(
    "/attribution",
    operation_id="analytics_attribution",
    summary="Read a campaign's attribution",
    response_model=CampaignAttribution,
)
def get_attribution(
    campaign_id: UUID,
    principal: PrincipalDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    basis: BasisQuery = "conversion_date",
    model: ModelQuery = None,
    live: LiveQuery = True,
) -> Any:
    """One campaign: credited conversions and revenue by model, by placement and model, and by day and model.

    Conversions of after the build are in it under every model, by the build's own rules.
    """

    def read(c: Reader) -> CampaignAttribution:
        return only_model(campaign_attribution(c, campaign_id, basis, live=live), model)

    require_visible(found.warehouse, principal, campaign_id)
    answer = read_marts(request, response, found, principal, read, live=live)
    record_view(found.database, principal, campaign_id)
    return answer


@router.get("/roi", operation_id="analytics_roi", summary="Read a campaign's return", response_model=CampaignReturn)
def get_roi(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One row per model: spend, revenue, ROI, ROAS, CPA, CAC, CPV, AOV and break-even; null at zero spend.

    And the multiverse: the headline with its range over windows, IP classes and models, and whether the ranking of shows flips.
    """
    require_visible(found.warehouse, principal, campaign_id)
    answer = read_marts(request, response, found, principal, lambda c: campaign_return(c, campaign_id))
    record_view(found.database, principal, campaign_id)
    return answer


@router.get(
    "/roi/cohorts", operation_id="analytics_roi_cohorts", summary="Read a campaign's return by week", response_model=CampaignCohorts
)
def get_roi_cohorts(
    campaign_id: UUID,
    principal: PrincipalDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    basis: BasisQuery = "conversion_date",
) -> Any:
    """One row per week and model: the week's spend beside what came in that week, or of that week's exposures."""
    require_visible(found.warehouse, principal, campaign_id)
    return read_marts(request, response, found, principal, lambda c: campaign_cohorts(c, campaign_id, basis))


@router.get(
    "/data-driven",
    operation_id="analytics_data_driven",
    summary="Read a campaign's data-driven attribution",
    response_model=DataDrivenAttribution,
)
def get_data_driven(
    campaign_id: UUID,
    principal: PrincipalDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    granularity: Annotated[
        Granularity, Query(description="What a channel is; `channel`: the network beside the sponsor's other channels.")
    ] = "placement",
    live: LiveQuery = True,
) -> Any:
    """One row per model (Markov, Shapley), channel and currency of the campaign's sponsor and goal: share, interval, credit.

    From the last published fits, which are named, and share out what came after the build too. Too little data, or channels always
    met together, are a verdict and no figure.
    """
    require_visible(found.warehouse, principal, campaign_id)

    def read(c: Reader) -> DataDrivenAttribution:
        return campaign_data_driven(c, campaign_id, granularity, live=live)

    answer = read_marts(request, response, found, principal, read, live=live)
    record_view(found.database, principal, campaign_id)
    return answer


def only_model(answer: CampaignAttribution, model: ModelName | None) -> CampaignAttribution:
    if model is None:
        return answer
    return answer.model_copy(
        update={name: [r for r in getattr(answer, name) if r.model == model] for name in ("models", "placements", "daily")}
    )
