"""How long touches count: the account's windows, a form that proposes others, what they would change, and the decision on it."""

from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import OWNERS
from api.campaigns.attribution_windows import (
    NAMES,
    ConversionKind,
    KindWindows,
    Windows,
    WindowsProposal,
    discard,
    get_windows,
    list_proposals,
    propose,
    publish,
)
from api.campaigns.paging import After
from api.campaigns.window_previews import preview_windows
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.pictures import windows as pictures
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.errors import Problem
from api.services import Services

router = APIRouter()
ADDRESS = "/models/windows"
DAY = 86_400
KINDS = get_args(ConversionKind)
SHOWN_PROPOSALS = 20


@router.get(ADDRESS)
def windows_page(
    viewer: NetworkViewerDep, found: ServicesDep, model: Annotated[str, Query(max_length=100)] = "last_touch"
) -> Response:
    """The windows as they stand, and the open proposal with its difference under one model."""
    return _page(viewer, found, model=model)


@router.post(ADDRESS)
def propose_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """Other windows, to be computed beside the published build."""
    require_role(viewer.principal, OWNERS)
    try:
        entry = WindowsProposal.model_validate(_entered(form))
        with found.database.tenant(viewer.principal.tenant_id) as c:
            propose(c, viewer.principal, entry)
    except ValidationError as error:
        return _page(viewer, found, values=form, errors=_errors(error), status=422)
    except Problem as problem:
        return _page(viewer, found, values=form, problem=problem.detail, status=problem.status)
    return RedirectResponse(f"{ADDRESS}#proposal", 303)


@router.post(ADDRESS + "/{proposal_id}/publish")
def publish_page(proposal_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """The next build credits all of history by these windows."""
    require_role(viewer.principal, OWNERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        publish(c, viewer.principal, proposal_id)
    return RedirectResponse(f"{ADDRESS}#proposals", 303)


@router.post(ADDRESS + "/{proposal_id}/discard")
def discard_page(proposal_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """Nothing changes."""
    require_role(viewer.principal, OWNERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        discard(c, viewer.principal, proposal_id)
    return RedirectResponse(f"{ADDRESS}#proposals", 303)


def _page(
    viewer: Viewer,
    found: Services,
    *,
    model: str = "last_touch",
    values: Form | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        windows = get_windows(c)
        proposals = list_proposals(c, After(), SHOWN_PROPOSALS)
        open_one = next((one for one in proposals if one.decided_at is None), None)
        detail = preview_windows(c, open_one.proposal_id) if open_one else None
    shown = values or _values(windows)
    return page(
        "windows.html", viewer, "models", http_status=status, windows=windows, proposals=proposals, detail=detail, kinds=KINDS,
        opened={kind for kind in KINDS if any(shown.get(f"{kind}_{name}") for name in NAMES)}, values=shown,
        errors=errors or {}, problem=problem, pictures=pictures, model=model,
    )  # fmt: skip


def _entered(form: Form) -> dict[str, Any]:
    """The form's days in the units of the API; a kind's field that is left empty is the account's."""
    by_kind = {kind: _windows(form, f"{kind}_") for kind in KINDS}
    return _windows(form, "") | {
        "by_kind": {kind: said for kind, said in by_kind.items() if said},
        "reason": form.get("reason", ""),
    }


def _windows(form: Form, prefix: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name in NAMES:
        text = form.get(prefix + name)
        if text:
            try:
                said[name] = float(text) if name == "code_grace_days" else round(float(text) * DAY)
            except (ValueError, OverflowError):
                said[name] = text
    return said


def _values(windows: Windows) -> Form:
    """What stands, in days."""
    said = {name: _days(windows, name) for name in NAMES}
    for kind, of_kind in windows.by_kind.items():
        said |= {f"{kind}_{name}": _days(of_kind, name) for name in NAMES}
    return said


def _days(windows: Windows | KindWindows, name: str) -> str:
    value = getattr(windows, name)
    if value is None:
        return ""
    return f"{value if name == 'code_grace_days' else value / DAY:g}"


def _errors(error: ValidationError) -> dict[str, str]:
    """Under the form's names: those of a kind stand under its own fields."""
    said = field_errors(error)
    for one in error.errors():
        where = one["loc"]
        if len(where) == 3 and where[0] == "by_kind":
            said[f"{where[1]}_{where[2]}"] = str(one["msg"])
    return said
