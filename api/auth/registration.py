"""A new account: tenant, household key, settings and owner in one transaction, with its first API key."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import psycopg

from api.auth.keys import new_api_key
from api.auth.passwords import hash_password
from api.auth.principals import Principal, Role
from api.auth.scopes import ALL
from api.campaigns.events import record_audit
from api.database import AppDatabase, Writer, enter_tenant
from api.errors import Problem, not_found
from api.mail.postman import queue_letter

HOUSEHOLD_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key just made; `key` is shown now and never again."""

    key_id: UUID
    key: str
    name: str
    role: str
    scopes: list[str]
    sponsor_id: UUID | None
    key_prefix: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Registration:
    tenant_id: int
    tenant_slug: str
    user_id: UUID
    api_key: NewKey


def register(
    database: AppDatabase,
    *,
    email: str,
    password: str,
    display_name: str,
    organisation: str,
    currency: str,
    timezone: str,
    is_mail_on: bool = False,
) -> Registration:
    """Make the account; where mail is on, the mail that confirms its address waits with it.

    Raises a `conflict` problem where the address cannot be registered.

    The hash is computed before anything is looked up, so that a known address takes as long as a new one.
    """
    password_hash = hash_password(password)
    slug = new_slug(organisation)
    try:
        with database.transaction() as c:
            row = c.execute(
                "select tenant_id, user_id from app.register_tenant(%s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    slug, organisation, currency, timezone, secrets.token_bytes(HOUSEHOLD_SECRET_BYTES), email, password_hash,
                    display_name,
                ],
            ).fetchone()  # fmt: skip
            assert row is not None  # noqa: S101  # the function returns one row or raises
            enter_tenant(c, row["tenant_id"])
            owner = Principal(row["tenant_id"], "owner", "user", row["user_id"], row["user_id"])
            record_audit(c, owner, "register", "user", row["user_id"])
            key = make_api_key(c, owner, "first key", "owner", None)
            if is_mail_on:
                queue_letter(c, uuid4(), "verify", email)
    except psycopg.errors.UniqueViolation as error:
        raise Problem(
            "conflict", "this e-mail address cannot be registered: log in with it, or register with another one"
        ) from error
    return Registration(row["tenant_id"], slug, row["user_id"], key)


def add_account(database: AppDatabase, who: Principal, *, organisation: str, currency: str, timezone: str) -> tuple[int, str, UUID]:
    """Another account for the login of a signed-in person, who owns it: (tenant, slug, member)."""
    slug = new_slug(organisation)
    with database.transaction() as c:
        row = c.execute(
            "select tenant_id, user_id from app.add_tenant(%s, %s, %s, %s, %s, %s, %s)",
            [who.tenant_id, who.user_id, slug, organisation, currency, timezone, secrets.token_bytes(HOUSEHOLD_SECRET_BYTES)],
        ).fetchone()
        if row is None:
            raise Problem("unauthenticated", "found no member behind this session, expected one: sign in again")
        enter_tenant(c, row["tenant_id"])
        owner = Principal(row["tenant_id"], "owner", "user", row["user_id"], row["user_id"])
        record_audit(c, owner, "register", "user", row["user_id"])
    return row["tenant_id"], slug, row["user_id"]


def make_api_key(
    c: Writer,
    owner: Principal,
    name: str,
    role: Role,
    expires_at: datetime | None,
    scopes: Sequence[str] = ALL,
    sponsor_id: UUID | None = None,
) -> NewKey:
    """Store a fresh key's digest and return the key itself, this once. Raises `invalid` where a sponsor's key names no sponsor of
    this account, or another's key one."""
    require_sponsor_of(c, role, sponsor_id)
    key, prefix, digest = new_api_key()
    row = c.execute(
        "insert into app.api_keys (tenant_id, name, role, key_prefix, key_hash, created_by, expires_at, scopes, sponsor_id) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning key_id, created_at",
        [owner.tenant_id, name, role, prefix, digest, owner.user_id, expires_at, list(scopes), sponsor_id],
    ).fetchone()
    assert row is not None  # noqa: S101  # an insert that returns
    record_audit(c, owner, "create", "api_key", row["key_id"], name=name, role=role)
    return NewKey(row["key_id"], key, name, role, list(scopes), sponsor_id, prefix, row["created_at"], expires_at)


def require_sponsor_of(c: Writer, role: Role, sponsor_id: UUID | None) -> None:
    """The role sponsor needs a sponsor of this account, and no other role has one."""
    if (role == "sponsor") != (sponsor_id is not None):
        raise Problem(
            "invalid", f"found the role {role} and sponsor_id {sponsor_id}, expected a sponsor with the role sponsor alone"
        )
    if sponsor_id is not None and c.execute("select 1 from app.sponsors where sponsor_id = %s", [sponsor_id]).fetchone() is None:
        raise not_found("sponsor", sponsor_id)


def new_slug(organisation: str) -> str:
    """Readable and not taken: the name in ASCII, and 32 random bits."""
    ascii_name = unicodedata.normalize("NFKD", organisation).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:40].strip("-") or "account"
    return f"{stem}-{secrets.token_hex(4)}"
