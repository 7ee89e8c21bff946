"""Who looks at a page: the session's cookie alone opens the dashboard, and a form brings its session's token."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from api.auth.dependencies import note_actor, require_csrf, require_role
from api.auth.principals import OWNERS, TENANT_READERS, WRITERS, Principal
from api.auth.sessions import COOKIE, CSRF_FIELD, CSRF_HEADER, find_session, memberships
from api.errors import Problem
from api.services import Services, services

Form = dict[str, str]
LARGEST_FIELD = 2_000


@dataclass(frozen=True, slots=True)
class Viewer:
    """One logged-in person on one page, and what the frame says of them."""

    principal: Principal
    tenant_name: str
    currency: str
    csrf_token: str
    # Every account of the login, this one among them: (slug, name).
    accounts: tuple[tuple[str, str], ...] = ()
    slug: str = ""

    @property
    def name(self) -> str:
        return self.principal.display_name or self.principal.email or ""

    @property
    def may_write(self) -> bool:
        return self.principal.role in WRITERS

    @property
    def may_administer(self) -> bool:
        return self.principal.role in OWNERS

    @property
    def is_operator(self) -> bool:
        """Runs the platform: sees its health, whatever the role in this account."""
        return self.principal.is_operator

    @property
    def sees_tenant(self) -> bool:
        """Shows, product metrics, sites and keys are the network's; a sponsor sees its own campaigns."""
        return self.principal.role in TENANT_READERS


ServicesDep = Annotated[Services, Depends(services)]


def find_viewer(found: Services, cookie: str | None) -> Viewer | None:
    """The viewer of a valid session, else None: one transaction for the session and what the frame shows."""
    named = found.signer.read_cookie(cookie) if cookie else None
    if named is None:
        return None
    tenant_id, session_id = named
    with found.database.tenant(tenant_id) as c:
        principal = find_session(c, tenant_id, session_id)
        accounts = memberships(c, principal) if principal is not None else []
    tenant = next((row for row in accounts if row["tenant_id"] == tenant_id), None)
    if principal is None or tenant is None:
        return None
    return Viewer(
        principal, tenant["name"], tenant["currency"], found.signer.csrf_token(session_id),
        tuple((row["slug"], row["name"]) for row in accounts), tenant["slug"],
    )  # fmt: skip


def current_viewer(request: Request, found: ServicesDep) -> Viewer:
    """Raises `unauthenticated`, which the dashboard answers with its login page."""
    viewer = find_viewer(found, request.cookies.get(COOKIE))
    if viewer is None:
        raise Problem("unauthenticated", "found no session, expected a login: sign in again")
    note_actor(request, viewer.principal)
    return viewer


async def posted_form(request: Request) -> Form:
    """The text fields of a form, trimmed; raises `csrf` for a form of another site, `invalid` for an oversized field."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(
            "csrf", "found a form sent from another site, expected one of this dashboard: open the page and send it from there"
        )
    form = await request.form(max_files=0)
    fields = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    for name, value in fields.items():
        if len(value) > LARGEST_FIELD:
            raise Problem("invalid", f"found {len(value)} characters in {name}, expected at most {LARGEST_FIELD}: shorten it")
    return fields


ViewerDep = Annotated[Viewer, Depends(current_viewer)]
FormDep = Annotated[Form, Depends(posted_form)]


def form_viewer(request: Request, viewer: ViewerDep, found: ServicesDep, form: FormDep) -> Viewer:
    """The viewer of a change: the session's token came in the form's field or, from htmx, in the header."""
    require_csrf(found, viewer.principal, form.get(CSRF_FIELD) or request.headers.get(CSRF_HEADER))
    return viewer


def network_viewer(viewer: ViewerDep) -> Viewer:
    """A viewer of the network's own pages; a sponsor gets the answer of a page that is not there."""
    if not viewer.sees_tenant:
        raise Problem("not-found", "found no such page in this account, expected one of the menu: go back to the overview")
    return viewer


def owner_viewer(viewer: Annotated[Viewer, Depends(network_viewer)]) -> Viewer:
    """A viewer of what owners alone see: members, keys and the audit log."""
    require_role(viewer.principal, OWNERS)
    return viewer


def operator_viewer(viewer: ViewerDep) -> Viewer:
    """A viewer of the platform's own pages; for everybody else they are not there."""
    if not viewer.is_operator:
        raise Problem("not-found", "found no such page in this account, expected one of the menu: go back to the overview")
    return viewer


def owner_form_viewer(viewer: Annotated[Viewer, Depends(form_viewer)]) -> Viewer:
    """A change of the same."""
    require_role(viewer.principal, OWNERS)
    return viewer


FormViewerDep = Annotated[Viewer, Depends(form_viewer)]
OwnerViewerDep = Annotated[Viewer, Depends(owner_viewer)]
OperatorViewerDep = Annotated[Viewer, Depends(operator_viewer)]
OwnerFormViewerDep = Annotated[Viewer, Depends(owner_form_viewer)]
NetworkViewerDep = Annotated[Viewer, Depends(network_viewer)]


def require_sponsor(viewer: Viewer, sponsor_id: UUID, kind: str, identifier: object) -> None:
    """Another sponsor's campaign is answered as one that does not exist."""
    if not viewer.principal.may_see_sponsor(sponsor_id):
        raise Problem("not-found", f"found no {kind} {identifier} in this account, expected one of its own: open it from the list")
