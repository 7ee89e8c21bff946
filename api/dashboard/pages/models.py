"""The account's own attribution models: a form of parameters, tried out beside the built-in models before it is saved."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.attribution_models import (
    PARAMETERS,
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
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.pictures import models as pictures
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.errors import Problem
from api.marts.errors import NotBuiltError
from api.services import Services

router = APIRouter()
DAY = 86_400
DEFAULTS: Form = {
    "name": "", "shape": "linear", "half_life_days": "7", "position_first": "0.4", "position_middle": "0.2", "position_last": "0.4",
    "window_days": "", **dict.fromkeys((name for name in PARAMETERS if name.endswith("_factor")), "1"),
}  # fmt: skip


@router.get("/models")
def models_page(viewer: NetworkViewerDep, found: ServicesDep, model: UUID | None = None) -> Response:
    """The models, and the form: empty, or with the parameters of the model that is to change."""
    chosen = None
    if model is not None:
        with found.database.tenant(viewer.principal.tenant_id) as c:
            chosen = get_model(c, model)
    return _page(viewer, found, chosen, _values(chosen) if chosen else DEFAULTS)


@router.post("/models")
def save_model_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """`try`: the parameters beside the built-in models, nothing kept; `save`: a new model, or the next version of one."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        chosen = get_model(c, UUID(form["model_id"])) if form.get("model_id") else None
    values = DEFAULTS | form
    try:
        parameters = ModelParameters.model_validate(_parameters(form))
        with found.database.tenant(viewer.principal.tenant_id) as c:
            if form.get("do") != "save":
                return _page(
                    viewer, found, chosen, values, preview=preview_model(c, viewer.principal, PreviewRequest(parameters=parameters))
                )
            if chosen:
                add_version(c, viewer.principal, chosen.model_id, parameters)
            else:
                create_model(c, viewer.principal, ModelEntry.model_validate(_parameters(form) | {"name": form.get("name", "")}))
    except ValidationError as error:
        return _page(viewer, found, chosen, values, errors=_errors(error), status=422)
    except Problem as problem:
        return _page(viewer, found, chosen, values, problem=problem.detail, status=problem.status)
    except NotBuiltError:
        return _page(viewer, found, chosen, values, problem="There is no build yet: a model can be tried out after the first one.")
    return RedirectResponse("/models#saved", 303)


@router.post("/models/{model_id}/archive")
def archive_model_page(model_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """The next build leaves the model out."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        archive_model(c, viewer.principal, model_id)
    return RedirectResponse("/models", 303)


def _page(
    viewer: Viewer,
    found: Services,
    chosen: CustomModelDetail | None,
    values: Form,
    *,
    preview: Preview | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        models = list_models(c)
    return page(
        "models.html", viewer, "models", http_status=status, models=models, chosen=chosen, values=values, errors=errors or {},
        problem=problem, preview=preview, pictures=pictures,
        charts=pictures.preview_charts(preview) if preview else [],
    )  # fmt: skip


def _parameters(form: Form) -> dict[str, Any]:
    """The form's days as seconds, and what was left empty left out."""
    filled: dict[str, Any] = {name: form[name] for name in PARAMETERS if form.get(name)}
    for name, field in (("half_life_s", "half_life_days"), ("window_s", "window_days")):
        if form.get(field):
            try:
                filled[name] = round(float(form[field]) * DAY)
            except (ValueError, OverflowError):
                filled[name] = form[field]
    return filled


def _values(model: CustomModelDetail) -> Form:
    newest = model.newest
    said = {
        name: f"{getattr(newest, name):f}".rstrip("0").rstrip(".")
        for name in PARAMETERS
        if name.endswith(("factor", "first", "middle", "last"))
    }
    return DEFAULTS | said | {
        "name": model.name, "shape": newest.shape, "half_life_days": f"{newest.half_life_s / DAY:g}",
        "window_days": f"{newest.window_s / DAY:g}" if newest.window_s else "",
    }  # fmt: skip


def _errors(error: ValidationError) -> dict[str, str]:
    """Under the form's names; a rule over several fields stands under the first weight or factor."""
    said = field_errors(error)
    renamed = {"half_life_s": "half_life_days", "window_s": "window_days"}
    over_all = said.pop("flight_end", None)
    if over_all:
        said["position_first" if "position" in over_all else "click_factor"] = over_all
    return {renamed.get(name, name): text for name, text in said.items()}
