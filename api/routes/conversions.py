"""A campaign's conversions, and one conversion explained."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import PrincipalDep, ServicesDep
from api.auth.principals import Principal
from api.errors import not_found
from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.conversions import list_conversions
from api.marts.evidence import campaign_evidence
from api.marts.explanation import explain_conversion
from api.marts.models import Build
from api.marts.models.evidence import CampaignEvidence
from api.marts.models.explanation import CampaignConversion, Explanation
from api.marts.models.restatements import CreditRestatements
from api.marts.restatements import credit_restatements
from api.marts.warehouse import Reader
from api.routes.answers import Page, PageDep, read_marts
from api.services import Services

router = APIRouter(prefix="/v1", tags=["conversions"])


class ConversionPage(Page):
    """A campaign's conversions, newest first."""

    build: Build
    items: list[CampaignConversion]


@router.get(
    "/campaigns/{campaign_id}/conversions",
    operation_id="conversions_list",
    summary="List a campaign's conversions",
    response_model=ConversionPage,
)
def get_conversions(
    campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, page: PageDep, request: Request, response: Response
) -> Any:
    """One row per conversion with a touch of the campaign in its path, owned or assisted, newest first, as built."""
    _require_visible(found, principal, campaign_id)

    def read(c: Reader) -> ConversionPage:
        items = list_conversions(c, campaign_id, (page.after.at, page.after.identifier), page.limit)
        cursor = page.cut(request, response, items, "conversion_id", at="converted_at")
        return ConversionPage(build=current_build(c), items=items, next_cursor=cursor)

    return read_marts(request, response, found, principal, read)


@router.get(
    "/campaigns/{campaign_id}/evidence",
    operation_id="conversions_evidence",
    summary="Read a campaign's evidence",
    response_model=CampaignEvidence,
)
def get_evidence(campaign_id: UUID, principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One campaign: which kinds of evidence saw the same conversions, its promo codes with their leak tests, and its sponsor's
    survey with the multiplier and its interval, where there is data enough.
    """
    _require_visible(found, principal, campaign_id)
    return read_marts(request, response, found, principal, lambda c: campaign_evidence(c, campaign_id))


@router.get(
    "/campaigns/{campaign_id}/restatements",
    operation_id="conversions_restatements",
    summary="List a campaign's restated credit",
    response_model=CreditRestatements,
)
def get_restatements(
    campaign_id: UUID,
    principal: PrincipalDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    model: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="Only under this model.")] = None,
) -> Any:
    """One row per model and day of conversion that was over when a later build changed its credit: before, after and why."""
    _require_visible(found, principal, campaign_id)
    return read_marts(
        request, response, found, principal, lambda c: credit_restatements(c, campaign_id, model=model, page=page.window), page=page
    )


@router.get(
    "/conversions/{conversion_id}/explanation",
    operation_id="conversions_explain",
    summary="Explain a conversion",
    response_model=Explanation,
)
def get_explanation(conversion_id: UUID, principal: PrincipalDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One conversion: every touch of its path with its weight and amount under each model, what was not eligible and why, the
    evidence, the owner and the precedence that made it, and the versions of models, windows and lists. No hash, address or user id.
    """
    seen = principal.sees_sponsor
    return read_marts(request, response, found, principal, lambda c: explain_conversion(c, conversion_id, sponsor_id=seen))


def _require_visible(found: Services, principal: Principal, campaign_id: UUID) -> None:
    """The same 404 for no such campaign, another tenant's and another sponsor's."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        if not principal.may_see_sponsor(get_campaign(c, campaign_id).sponsor_id):
            raise not_found("campaign", campaign_id)
