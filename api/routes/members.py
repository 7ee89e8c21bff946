"""Members of the account and its invitations: an owner's work."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field

from api.auth.dependencies import OwnerDep, ServicesDep
from api.auth.members import Invitation, Member, change_member, invite, list_invitations, list_members, remove_member, withdraw
from api.auth.principals import Principal, Role
from api.auth.recovery import is_verified
from api.campaigns.models import Entry
from api.errors import Problem
from api.mail.postman import queue_letter
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep
from api.services import Services

router = APIRouter(prefix="/v1", tags=["members"])
SPONSOR_ID = "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10"


class RoleEntry(Entry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "sponsor", "sponsor_id": SPONSOR_ID}]})

    role: Role
    sponsor_id: UUID | None = Field(None, description="With the role sponsor alone: whose campaigns the member sees.")


class InvitationEntry(RoleEntry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "grace@network.example", "role": "analyst"}]})

    email: Annotated[EmailStr, AfterValidator(str.lower)]


class Invited(BaseModel):
    """An invitation just made. `link` is set where this installation sends no mail: hand it on, it is shown this once."""

    invitation: Invitation
    link: str | None


class MemberList(Page):
    items: list[Member]


class InvitationList(Page):
    items: list[Invitation]


@router.get("/members", operation_id="members_list", summary="List members")
def get_members(principal: OwnerDep, found: ServicesDep, page: PageDep) -> MemberList:
    """One row per member of this account, by address."""
    with found.database.tenant(principal.tenant_id) as c:
        return MemberList(**page.of(list_members(c), Order("email text", "user_id uuid")))


@router.patch("/members/{user_id}", operation_id="members_change", summary="Change a member's role")
def patch_member(user_id: UUID, entry: RoleEntry, principal: OwnerDep, found: ServicesDep) -> Member:
    """One member with another role from its next request on; keys that it made as an owner end when it is one no more."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_member(c, principal, user_id, entry.role, entry.sponsor_id)


@router.delete("/members/{user_id}", status_code=204, operation_id="members_remove", summary="Remove a member")
def delete_member(user_id: UUID, principal: OwnerDep, found: ServicesDep) -> None:
    """One member less: its sessions and keys end at once, and its login stays what it is in other accounts."""
    with found.database.tenant(principal.tenant_id) as c:
        remove_member(c, principal, user_id)


@router.post("/invitations", status_code=201, operation_id="members_invite", summary="Invite a member")
def post_invitation(entry: InvitationEntry, principal: OwnerDep, found: ServicesDep) -> Invited:
    """One invitation, open for seven days. It goes by mail; where no mail server is set, its link is in this answer alone."""
    return send_invitation(found, principal, entry)


@router.get("/invitations", operation_id="members_list_invitations", summary="List invitations")
def get_invitations(principal: OwnerDep, found: ServicesDep, page: PageDep) -> InvitationList:
    """One row per invitation that stands, newest first, with what became of its mail."""
    with found.database.tenant(principal.tenant_id) as c:
        return InvitationList(**page.of(list_invitations(c), Order("created_at timestamptz desc", "invitation_id uuid desc")))


@router.delete("/invitations/{invitation_id}", status_code=204, operation_id="members_withdraw", summary="Withdraw an invitation")
def delete_invitation(invitation_id: UUID, principal: OwnerDep, found: ServicesDep) -> None:
    """One invitation whose link opens nothing any more."""
    with found.database.tenant(principal.tenant_id) as c:
        withdraw(c, principal, invitation_id)


def send_invitation(found: Services, who: Principal, entry: InvitationEntry) -> Invited:
    """Store the invitation and mail it. Raises `forbidden` for a person whose own address is not confirmed where mail is sent:
    nobody sends mail to strangers from here who has not shown who they are."""
    found.rates.hit(found.settings.invitation_rate, "invite", str(who.tenant_id))
    if found.postman.is_on and who.email is not None and not is_verified(found.database, who.email):
        raise Problem(
            "forbidden", "found an address of yours that is not confirmed, expected one that is: open the link in our mail first"
        )
    letter_id = uuid4()
    token = found.postman.token(letter_id)
    with found.database.tenant(who.tenant_id) as c:
        made = invite(c, who, entry.email, entry.role, entry.sponsor_id, token, is_by_mail=found.postman.is_on)
        if found.postman.is_on:
            # With the invitation or not at all: what is committed is mailed, whatever dies in between.
            queue_letter(c, letter_id, "invitation", made.email, made.invitation_id)
    if not found.postman.is_on:
        return Invited(invitation=made, link=f"{found.settings.base_url}/join?token={token}")
    found.postman.wake()
    return Invited(invitation=made, link=None)
