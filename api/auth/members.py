"""Members of an account: invited by an owner, with a role that an owner changes, removed without a trace of theirs being lost."""

from datetime import datetime
from uuid import UUID

import psycopg
from pydantic import BaseModel

from api.auth.principals import Principal, Role
from api.auth.registration import require_sponsor_of
from api.auth.tokens import INVITATION_LIFETIME, token_hash
from api.campaigns.events import record_audit
from api.database import AppDatabase, Writer, enter_tenant
from api.errors import Problem, not_found

MEMBER = "user_id, email, display_name, role, sponsor_id, created_at, last_login_at"
INVITATION = "invitation_id, email, role, sponsor_id, created_at, expires_at, is_by_mail, sent_at, send_error"
STANDING = "accepted_at is null and revoked_at is null and expires_at > now()"
LARGEST_ACCOUNT = 500
MEMBERS = f"select {MEMBER} from app.users where removed_at is null order by email"  # noqa: S608
INSERT = f"""
insert into app.invitations (tenant_id, email, role, sponsor_id, token_hash, invited_by, expires_at, is_by_mail)
values (%s, %s, %s, %s, %s, %s, now() + %s, %s)
returning {INVITATION}
"""  # noqa: S608


class Member(BaseModel):
    """One login in this account."""

    user_id: UUID
    email: str
    display_name: str
    role: Role
    sponsor_id: UUID | None
    created_at: datetime
    last_login_at: datetime | None


class Invitation(BaseModel):
    """One invitation that stands; `sent_at` null and `send_error` null: its mail is on its way, or it is handed on by hand."""

    invitation_id: UUID
    email: str
    role: Role
    sponsor_id: UUID | None
    created_at: datetime
    expires_at: datetime
    is_by_mail: bool
    sent_at: datetime | None
    send_error: str | None


def list_members(c: Writer) -> list[Member]:
    """One row per member, by address."""
    return [Member(**row) for row in c.execute(MEMBERS).fetchall()]


def list_invitations(c: Writer) -> list[Invitation]:
    """One row per invitation that is neither accepted, withdrawn nor over, the newest first."""
    query = f"select {INVITATION} from app.invitations where {STANDING} order by created_at desc, invitation_id"  # noqa: S608
    return [Invitation(**row) for row in c.execute(query).fetchall()]


def invite(
    c: Writer, who: Principal, email: str, role: Role, sponsor_id: UUID | None, token: str, *, is_by_mail: bool
) -> Invitation:
    """A new invitation that opens by the token; one that stands for the address ends.

    Raises `conflict` where the address is a member's."""
    require_sponsor_of(c, role, sponsor_id)
    email = email.strip().lower()
    if c.execute("select 1 from app.users where email = %s and removed_at is null", [email]).fetchone() is not None:
        raise Problem("conflict", f"found {email} among the members, expected an address that is not: change its role instead")
    many = c.execute(f"select count(*) as n from app.invitations where {STANDING}").fetchone()  # noqa: S608
    if many is not None and many["n"] >= LARGEST_ACCOUNT:
        raise Problem("conflict", f"found {many['n']} invitations that stand, expected fewer: withdraw some")
    c.execute(f"update app.invitations set revoked_at = now() where email = %s and {STANDING}", [email])  # noqa: S608
    row = c.execute(
        INSERT,
        [who.tenant_id, email, role, sponsor_id, token_hash(token), who.user_id, INVITATION_LIFETIME, is_by_mail],
    ).fetchone()
    made = Invitation(**(row or {}))
    record_audit(c, who, "invite", "invitation", made.invitation_id, email=email, role=role)
    return made


def withdraw(c: Writer, who: Principal, invitation_id: UUID) -> None:
    """The invitation's link opens nothing any more. Raises `not-found`; withdrawing twice changes nothing."""
    done = c.execute(
        "update app.invitations set revoked_at = coalesce(revoked_at, now()) where invitation_id = %s and accepted_at is null",
        [invitation_id],
    )
    if done.rowcount == 0:
        raise not_found("invitation", invitation_id)
    record_audit(c, who, "withdraw", "invitation", invitation_id)


def change_member(c: Writer, who: Principal, user_id: UUID, role: Role, sponsor_id: UUID | None) -> Member:
    """Another role. Keys that an owner made end when it is one no more. Raises `conflict` for the last owner's."""
    require_sponsor_of(c, role, sponsor_id)
    _require_another_owner(c, user_id, stays=role == "owner")
    row = c.execute(
        f"update app.users set role = %s, sponsor_id = %s where user_id = %s and removed_at is null returning {MEMBER}",  # noqa: S608
        [role, sponsor_id, user_id],
    ).fetchone()
    if row is None:
        raise not_found("member", user_id)
    if role != "owner":
        _end_keys(c, user_id)
    record_audit(c, who, "change_role", "user", user_id, role=role)
    return Member(**row)


def remove_member(c: Writer, who: Principal, user_id: UUID) -> None:
    """Sessions and keys of the member end now; what it did keeps its name. Raises `conflict` for the last owner."""
    _require_another_owner(c, user_id, stays=False)
    done = c.execute("update app.users set removed_at = now() where user_id = %s and removed_at is null", [user_id])
    if done.rowcount == 0:
        raise not_found("member", user_id)
    c.execute("update app.sessions set revoked_at = now() where user_id = %s and revoked_at is null", [user_id])
    _end_keys(c, user_id)
    record_audit(c, who, "remove", "user", user_id)


def accept(database: AppDatabase, token: str, password_hash: str | None, display_name: str) -> tuple[int, UUID]:
    """Join by an invitation's token: (tenant, member). Raises `not-found` where it does not stand (any more)."""
    try:
        with database.transaction() as c:
            row = c.execute(
                "select tenant_id, user_id from app.accept_invitation(%s, %s, %s)",
                [token_hash(token), password_hash, display_name],
            ).fetchone()
            if row is None:
                raise no_invitation()
            enter_tenant(c, row["tenant_id"])
            member = Principal(row["tenant_id"], "owner", "user", row["user_id"], row["user_id"])
            record_audit(c, member, "join", "user", row["user_id"])
    except psycopg.errors.InsufficientPrivilege as error:
        raise no_invitation() from error
    return row["tenant_id"], row["user_id"]


def no_invitation() -> Problem:
    return Problem("not-found", "found no invitation that stands behind this link, expected a fresh one: ask whoever invited you")


def _require_another_owner(c: Writer, user_id: UUID, *, stays: bool) -> None:
    """An account without an owner could never be changed again. The owners are locked: two cannot remove each other at once."""
    owners = c.execute(
        "select user_id from app.users where role = 'owner' and removed_at is null order by user_id for update"
    ).fetchall()
    if not stays and [row["user_id"] for row in owners] == [user_id]:
        raise Problem(
            "conflict", "found the last owner of the account, expected another beside it: make somebody else an owner first"
        )


def _end_keys(c: Writer, user_id: UUID) -> None:
    # A key acts with the right of the owner who made it: it ends with that.
    c.execute("update app.api_keys set revoked_at = now() where created_by = %s and revoked_at is null", [user_id])
