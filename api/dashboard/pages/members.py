"""Members of the account: who they are, what they may do, and whom an owner invites."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.members import change_member, list_invitations, list_members, remove_member, withdraw
from api.auth.recovery import is_verified
from api.dashboard.access import Form, FormDep, OwnerFormViewerDep, OwnerViewerDep, ServicesDep, Viewer
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors, first_fault
from api.errors import Problem
from api.routes.members import InvitationEntry, Invited, RoleEntry, send_invitation
from api.services import Services

router = APIRouter(prefix="/settings/members")
ROLES = (
    ("analyst", "Analyst: reads and enters"),
    ("owner", "Owner: everything, and who may do what"),
    ("operator", "Operator: reads everything, enters nothing"),
    ("sponsor", "Sponsor: one sponsor's campaigns and reports"),
)
SPONSORS = "select sponsor_id::text, name from app.sponsors order by name, sponsor_id limit 1000"
SAID = {
    "verification": "A mail with a link is on its way to your address.",
    "invited": "The invitation is on its way by mail.",
    "withdrawn": "The invitation is withdrawn.",
    "changed": "The role is changed.",
    "removed": "The member is removed: sessions and keys have ended.",
}


@router.get("")
def members_page(viewer: OwnerViewerDep, found: ServicesDep, said: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Members, invitations that stand, and the form of another one."""
    return _members(viewer, found, notice=SAID.get(said, ""))


@router.post("/invite")
def invite_page(viewer: OwnerFormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """An invitation: by mail, or as a link that is shown in this answer alone."""
    try:
        entry = InvitationEntry.model_validate(_filled(form, "email", "role", "sponsor_id"))
        made = send_invitation(found, viewer.principal, entry)
    except ValidationError as error:
        return _members(viewer, found, values=form, errors=field_errors(error), status=422)
    except Problem as problem:
        return _members(viewer, found, values=form, problem=problem)
    if made.link is None:
        return RedirectResponse("/settings/members?said=invited", 303)
    return _members(viewer, found, made=made)


@router.post("/{user_id}/role")
def change_role_page(user_id: UUID, viewer: OwnerFormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """Another role, from the member's next request on."""
    try:
        entry = RoleEntry.model_validate(_filled(form, "role", "sponsor_id"))
        with found.database.tenant(viewer.principal.tenant_id) as c:
            change_member(c, viewer.principal, user_id, entry.role, entry.sponsor_id)
    except ValidationError as error:
        return _members(viewer, found, problem=Problem("invalid", first_fault(error)))
    except Problem as problem:
        return _members(viewer, found, problem=problem)
    return RedirectResponse("/settings/members?said=changed", 303)


@router.post("/{user_id}/remove")
def remove_page(user_id: UUID, viewer: OwnerFormViewerDep, found: ServicesDep) -> Response:
    """One member less."""
    try:
        with found.database.tenant(viewer.principal.tenant_id) as c:
            remove_member(c, viewer.principal, user_id)
    except Problem as problem:
        return _members(viewer, found, problem=problem)
    return RedirectResponse("/settings/members?said=removed", 303)


@router.post("/invitations/{invitation_id}/withdraw")
def withdraw_page(invitation_id: UUID, viewer: OwnerFormViewerDep, found: ServicesDep) -> Response:
    """A link that opens nothing any more."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        withdraw(c, viewer.principal, invitation_id)
    return RedirectResponse("/settings/members?said=withdrawn", 303)


def _filled(form: Form, *names: str) -> Form:
    """The fields that were filled in; a sponsor is meant with the role sponsor alone."""
    return {name: form[name] for name in names if form.get(name) and (name != "sponsor_id" or form.get("role") == "sponsor")}


def _members(
    viewer: Viewer,
    found: Services,
    *,
    values: Form | None = None,
    errors: dict[str, str] | None = None,
    problem: Problem | None = None,
    made: Invited | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        members, invitations = list_members(c), list_invitations(c)
        sponsors = [(row["sponsor_id"], row["name"]) for row in c.execute(SPONSORS).fetchall()]
    return page(
        "members.html",
        viewer,
        "settings",
        http_status=problem.status if problem else status,
        headers=problem.headers if problem else None,
        members=members,
        invitations=invitations,
        roles=ROLES,
        sponsors=sponsors,
        sponsor_names=dict(sponsors),
        values={"role": "analyst"} | (values or {}),
        errors=errors or {},
        problem=problem.detail if problem else "",
        made=made,
        notice=notice,
        is_mail_on=found.postman.is_on,
        is_verified=is_verified(found.database, viewer.principal.email),
    )
