"""One campaign: delivery, credit under five models, return, evidence, reports and history."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from api.campaigns.campaigns import list_status_changes
from api.campaigns.events import record_once
from api.dashboard.access import ServicesDep, Viewer, ViewerDep, require_sponsor
from api.dashboard.guide import find_guide
from api.dashboard.pages import conversions
from api.dashboard.pages.holdouts import holdout_sentences
from api.dashboard.pages.reports import report_context
from api.dashboard.pictures import campaign as pictures
from api.dashboard.pictures.conversion import CAUSE_NAMES
from api.dashboard.pictures.data_driven import data_driven_context
from api.dashboard.pictures.evidence import evidence_context
from api.dashboard.pictures.outlook import outlook_context
from api.dashboard.pictures.returns import multiverse_context
from api.dashboard.rendering import page
from api.dashboard.sentences import (
    attribution_sentence,
    credit_table,
    delivery_sentence,
    evidence_pairs,
    fraud_sentence,
    key_figures,
    unconverted_sentence,
)
from api.marts.attribution import campaign_attribution
from api.marts.builds import find_build
from api.marts.campaigns import campaign_analytics, get_campaign
from api.marts.errors import NotBuiltError
from api.marts.keyset import Window
from api.marts.models import MODEL_NAMES, Basis, Build, CampaignSummary, ModelName
from api.marts.models.data_driven import Granularity
from api.marts.multiverse import campaign_cohorts, campaign_return
from api.marts.restatements import credit_restatements
from api.services import Services

router = APIRouter()
router.include_router(conversions.router)
SHOWN_RESTATEMENTS = 20


@router.get("/campaigns/{campaign_id}")
def campaign_page(
    campaign_id: UUID,
    viewer: ViewerDep,
    found: ServicesDep,
    basis: Annotated[Basis, Query()] = "conversion_date",
    model: Annotated[ModelName, Query()] = "last_touch",
    granularity: Annotated[Granularity, Query()] = "placement",
) -> HTMLResponse:
    """The campaign's page, all of its figures from one snapshot; viewing it is a step of the completion funnel."""
    campaign, build, figures = _figures(viewer, found, campaign_id, basis, model, granularity)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        entered = {"history": list_status_changes(c, viewer.principal, campaign_id)[::-1], **report_context(c, viewer, campaign_id)}
        entered["holdouts"] = holdout_sentences(c, campaign_id) if viewer.sees_tenant else []
        if figures["analytics"] is not None:
            record_once(c, viewer.principal, "analytics.viewed", campaign_id)
        guide = find_guide(c, viewer, is_mail_on=found.postman.is_on)
    return page("campaign.html", viewer, "campaigns", campaign=campaign, build=build, guide=guide, **figures, **entered)


def _figures(
    viewer: Viewer, found: Services, campaign_id: UUID, basis: Basis, model: ModelName, granularity: Granularity
) -> tuple[CampaignSummary, Build | None, dict[str, Any]]:
    """(campaign, build, the template's figures); the figures are empty before the first build."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        campaign = get_campaign(c, campaign_id)
        require_sponsor(viewer, campaign.sponsor_id, "campaign", campaign_id)
        build = find_build(c)
        if build is None:
            return campaign, None, {"analytics": None}
    try:
        return campaign, build, _built_figures(viewer, found, campaign_id, basis, model, granularity)
    except NotBuiltError:
        return campaign, build, {"analytics": None}


def _built_figures(
    viewer: Viewer, found: Services, campaign_id: UUID, basis: Basis, model: ModelName, granularity: Granularity
) -> dict[str, Any]:
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        analytics = campaign_analytics(c, campaign_id)
        attribution = campaign_attribution(c, campaign_id, basis)
        roi = campaign_return(c, campaign_id)
        cohorts = campaign_cohorts(c, campaign_id, basis)
        evidence = evidence_context(c, campaign_id)
        outlook = outlook_context(c, campaign_id)
        restated = credit_restatements(c, campaign_id, model=model, page=Window(limit=SHOWN_RESTATEMENTS))
        data_driven = data_driven_context(c, campaign_id, granularity, analytics.campaign.currency)
    currency = analytics.campaign.currency
    names = pictures.placement_names(analytics.placements)
    return {
        "analytics": analytics,
        "attribution": attribution,
        "restated": restated.items,
        "cause_names": CAUSE_NAMES,
        "roi": roi,
        "model": model,
        "model_names": MODEL_NAMES,
        "roi_names": {**MODEL_NAMES, **{own.model: own.name for own in roi.custom_models}},
        "key_figures": key_figures(analytics, roi.rows),
        "unconverted": unconverted_sentence(analytics.performance.unconverted),
        "fraud": fraud_sentence(analytics.performance.fraud),
        "delivery_sentence": delivery_sentence(analytics),
        "pacing": pictures.pacing(analytics, datetime.now(UTC).date()),
        "daily": pictures.delivery_by_day(analytics),
        "attribution_sentence": attribution_sentence(attribution, currency),
        "by_placement": pictures.attribution_by_placement(attribution, names, currency),
        "by_day": pictures.revenue_by_day(attribution, currency, model),
        "credit": credit_table(attribution, names),
        "roas": pictures.roas_by_model(roi.rows),
        "evidence_chart": pictures.evidence(analytics.performance),
        "evidence_pairs": evidence_pairs(analytics.performance),
        **evidence,
        **data_driven,
        **outlook,
        **multiverse_context(roi, cohorts, model),
    }
