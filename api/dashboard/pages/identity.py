"""Which ids are one person: the links between them, decisions that two are not, and those decisions taken back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.identity import SplitEntry, list_splits, rejoin_link, split_link
from api.dashboard.access import FormDep, FormViewerDep, NetworkViewerDep, ServicesDep
from api.dashboard.rendering import page
from api.dashboard.submissions import first_fault
from api.errors import Problem
from api.marts.identity import get_link, identity_links
from api.marts.keyset import Window
from api.marts.models.identity import LinkKind, LinkStatus

router = APIRouter()
ADDRESS = "/identity"
SHOWN_LINKS = 100
STATUS_NAMES: dict[LinkStatus, str] = {
    "merged": "One person", "split": "Split by a decision", "blocked_id": "An id that means nobody",
    "shared_browser": "A browser of many", "crowded_user": "An account of many",
}  # fmt: skip
KIND_NAMES: dict[LinkKind, str] = {"identify": "Sign-in (identify)", "alias": "Alias", "event": "An event with both ids"}


@router.get(ADDRESS)
def identity_page(
    viewer: NetworkViewerDep,
    found: ServicesDep,
    known_as: Annotated[str | None, Query(max_length=300, pattern=r"^[^\x00]*$")] = None,
) -> HTMLResponse:
    """The newest 100 links, or those of an id that is named; and the splits in force. No id is told."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        seen = identity_links(c, known_as=known_as or None, page=Window(limit=SHOWN_LINKS))
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        splits = list_splits(writer)
    return page(
        "identity.html", viewer, "sites", build=seen.build, seen=seen, splits=splits, known_as=known_as or "",
        decided={one.link_id for one in splits}, status_names=STATUS_NAMES, kind_names=KIND_NAMES,
    )  # fmt: skip


@router.post(ADDRESS + "/splits")
def split_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """Two ids are not one person: the next build re-opens what that touches."""
    require_role(viewer.principal, WRITERS)
    try:
        entry = SplitEntry.model_validate({name: form[name] for name in SplitEntry.model_fields if form.get(name)})
    except ValidationError as error:
        raise Problem("invalid", f"found a split that cannot be: {first_fault(error)}: enter a reason") from error
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        link = get_link(c, entry.link_id)
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        split_link(writer, viewer.principal, entry, link)
    return RedirectResponse(f"{ADDRESS}#splits", 303)


@router.post(ADDRESS + "/splits/{link_id}/rejoin")
def rejoin_page(link_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """A split that is taken back; both decisions stay recorded."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        rejoin_link(writer, viewer.principal, link_id)
    return RedirectResponse(f"{ADDRESS}#splits", 303)
