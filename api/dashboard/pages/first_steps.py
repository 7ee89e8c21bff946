"""The guide's one switch: a member puts it away, or brings it back."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.first_steps import hide_first_steps
from api.dashboard.access import FormDep, FormViewerDep, ServicesDep

router = APIRouter()


@router.post("/first-steps")
def hide_page(viewer: FormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """On to the first page, with the guide or without it."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        hide_first_steps(c, viewer.principal, is_hidden=form.get("is_hidden") == "yes")
    return RedirectResponse("/", 303)
