"""A tenant's own attribution models: made, listed, changed as a new version, archived, and tried out before they are saved."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth.dependencies import ServicesDep, TenantReaderDep, WriterDep
from api.campaigns.attribution_models import (
    CustomModel,
    CustomModelDetail,
    ModelEntry,
    ModelParameters,
    add_version,
    archive_model,
    create_model,
    get_model,
    list_models,
)
from api.campaigns.model_previews import Preview, PreviewRequest, preview_model
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1", tags=["attribution_models"])


class CustomModels(Page):
    """The account's models, the oldest first."""

    items: list[CustomModel]


@router.post(
    "/attribution-models", status_code=201, operation_id="attribution_models_create", summary="Create an attribution model"
)
def post_model(entry: ModelEntry, principal: WriterDep, found: ServicesDep, response: Response) -> CustomModelDetail:
    """One model with the first version of its parameters; the next build credits every conversion by it."""
    with found.database.tenant(principal.tenant_id) as c:
        made = create_model(c, principal, entry)
    response.headers["Location"] = f"/v1/attribution-models/{made.model_id}"
    return made


@router.get("/attribution-models", operation_id="attribution_models_list", summary="List attribution models")
def get_models(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    with_archived: Annotated[bool, Query(description="Archived ones too.")] = False,
) -> CustomModels:
    """One row per model with its newest parameters, the oldest model first."""
    with found.database.tenant(principal.tenant_id) as c:
        return CustomModels(
            **page.of(list_models(c, with_archived=with_archived), Order("created_at timestamptz", "model_id uuid"))
        )


@router.post("/attribution-model-previews", operation_id="attribution_models_preview", summary="Try out an attribution model")
def post_preview(asked: PreviewRequest, principal: WriterDep, found: ServicesDep) -> Preview:
    """One row per campaign: what these parameters would credit to it, beside the built-in models. Nothing is saved."""
    with found.database.tenant(principal.tenant_id) as c:
        return preview_model(c, principal, asked)


@router.get("/attribution-models/{model_id}", operation_id="attribution_models_read", summary="Read an attribution model")
def get_one(model_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> CustomModelDetail:
    """One model with every version of its parameters, newest first."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_model(c, model_id)


@router.post(
    "/attribution-models/{model_id}/versions",
    status_code=201,
    operation_id="attribution_models_change",
    summary="Change an attribution model",
)
def post_version(model_id: UUID, entry: ModelParameters, principal: WriterDep, found: ServicesDep) -> CustomModelDetail:
    """One new version of a model's parameters, whole; the next build credits every conversion by it."""
    with found.database.tenant(principal.tenant_id) as c:
        return add_version(c, principal, model_id, entry)


@router.post(
    "/attribution-models/{model_id}/archive", operation_id="attribution_models_archive", summary="Archive an attribution model"
)
def post_archive(model_id: UUID, principal: WriterDep, found: ServicesDep) -> CustomModelDetail:
    """One model that the next build leaves out; its versions stay readable, and its name is free again."""
    with found.database.tenant(principal.tenant_id) as c:
        return archive_model(c, principal, model_id)
