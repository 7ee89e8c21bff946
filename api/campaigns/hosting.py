"""Accounts at hosting platforms: whose statistics of which show are read, with a credential that goes in and never comes out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr, StringConstraints

from api.auth.principals import Principal
from api.auth.sealing import seal
from api.campaigns.events import record_audit
from api.campaigns.models import Entered, Entry
from api.database import Row, Writer
from api.errors import FieldProblem, Problem, not_found

Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\s\x00/?#]+$")]
Credential = Annotated[SecretStr, Field(min_length=1, max_length=1_000)]
# A base URL with a name and password in it would be kept, and shown, in the clear.
BaseUrl = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^https?://[^\s\x00@/?#]+(/[^\s\x00@?#]*)?$")
]

COLUMNS = """
a.account_id, a.show_id, s.title as show_title, a.host, coalesce(d.name, a.host) as host_name, a.base_url, a.external_show_id,
a.is_active, a.created_at, a.updated_at,
a.is_active and coalesce(greatest(a.updated_at, a.asked_at) > f.last_attempt_at, true) as is_waiting,
f.last_success_at, f.last_attempt_at, f.last_error,
case when f.last_error is not null and f.next_attempt_at > now() then f.next_attempt_at end as next_attempt_at
"""
FROM = """
from app.hosting_accounts as a
inner join app.shows as s on s.tenant_id = a.tenant_id and s.show_id = a.show_id
left join app.download_sources as d on d.source = a.host
left join ops.fetch_state as f on f.tenant_id = a.tenant_id and f.source = 'hosting' and f.source_key = a.account_id::text
"""


class HostingAccountEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "show_id": "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10",
                    "host": "transistor",
                    "external_show_id": "132543",
                    "credential": "the API key",
                }
            ]
        }
    )

    show_id: UUID
    host: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="A source of GET /v1/sources whose kind is `api`.")]
    external_show_id: Annotated[Key, Field(description="What the host calls the show; `show_hint` of the source says which.")]
    credential: Annotated[Credential, Field(description="Kept encrypted; no answer ever holds it.")]
    base_url: Annotated[BaseUrl | None, Field(description="Where the host answers, if not at its usual address.")] = None


class HostingAccountChange(Entry):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"credential": "the new API key"}, {"is_active": False}]})

    credential: Credential | None = None
    is_active: bool | None = None


class HostingAccount(Entered):
    """One account, without its credential; `last_error` says what was found, what was expected and what to do."""

    account_id: UUID
    show_id: UUID
    show_title: str
    host: str
    host_name: str
    base_url: str
    external_show_id: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
    is_waiting: bool = Field(description="Whether it is read at once: it is new, was changed, or was asked for.")
    last_success_at: datetime | None
    last_attempt_at: datetime | None
    last_error: str | None
    next_attempt_at: datetime | None = Field(description="When it is asked again after a fault; null: with the next run.")


def list_hosting_accounts(c: Writer) -> list[HostingAccount]:
    """Every account, active ones first, then by show."""
    rows = c.execute(f"select {COLUMNS} {FROM} order by not a.is_active, s.title, a.host, a.account_id").fetchall()
    return [HostingAccount(**row) for row in rows]


def get_hosting_account(c: Writer, account_id: UUID) -> HostingAccount:
    """Raises a `not-found` problem where this tenant has no such account."""
    row = c.execute(f"select {COLUMNS} {FROM} where a.account_id = %s", [account_id]).fetchone()
    if row is None:
        raise not_found("hosting account", account_id)
    return HostingAccount(**row)


def create_hosting_account(c: Writer, who: Principal, entry: HostingAccountEntry, secret_key: str) -> HostingAccount:
    """A new account; one that was off is switched on with the new credential. Raises `not-found`, `invalid`, `conflict`."""
    if c.execute("select 1 from app.shows where show_id = %s", [entry.show_id]).fetchone() is None:
        raise not_found("show", entry.show_id)
    platform = _platform(c, entry.host)
    credential = entry.credential.get_secret_value().strip()
    _require_form(entry.host, credential, platform)
    made = c.execute(
        "insert into app.hosting_accounts as a (tenant_id, show_id, host, base_url, external_show_id, credential_encrypted) "
        "values (%s, %s, %s, %s, %s, %s) on conflict (tenant_id, host, external_show_id) do update set "
        "show_id = excluded.show_id, base_url = excluded.base_url, credential_encrypted = excluded.credential_encrypted, "
        "is_active = true, updated_at = now() where not a.is_active returning account_id",
        [
            who.tenant_id, entry.show_id, entry.host, entry.base_url or platform["base_url"], entry.external_show_id,
            seal(credential, secret_key),
        ],
    ).fetchone()  # fmt: skip
    if made is None:
        raise Problem(
            "conflict",
            f"found an account at {platform['name']} for {entry.external_show_id}, expected one that is not here yet: change its "
            "credential instead",
        )
    record_audit(c, who, "create", "hosting_account", made["account_id"], host=entry.host, external_show_id=entry.external_show_id)
    return get_hosting_account(c, made["account_id"])


def change_hosting_account(
    c: Writer, who: Principal, account_id: UUID, change: HostingAccountChange, secret_key: str
) -> HostingAccount:
    """A new credential, or on and off; what was landed stays. Raises `not-found`, `invalid`."""
    account = get_hosting_account(c, account_id)
    sealed = None
    if change.credential is not None:
        credential = change.credential.get_secret_value().strip()
        _require_form(account.host, credential, _platform(c, account.host))
        sealed = seal(credential, secret_key)
    c.execute(
        "update app.hosting_accounts set credential_encrypted = coalesce(%s, credential_encrypted), "
        "is_active = coalesce(%s, is_active), updated_at = now() where account_id = %s",
        [sealed, change.is_active, account_id],
    )
    record_audit(c, who, "change", "hosting_account", account_id, has_new_credential=sealed is not None, is_active=change.is_active)
    return get_hosting_account(c, account_id)


def ask_for_read(c: Writer, who: Principal, account_id: UUID) -> HostingAccount:
    """The account is read at once, whatever pause a fault earned: how a connection is tested. Raises `not-found`, `conflict`."""
    if not get_hosting_account(c, account_id).is_active:
        raise Problem("conflict", "found an account that is switched off, expected one that is on: switch it on to read it")
    c.execute("update app.hosting_accounts set asked_at = clock_timestamp() where account_id = %s", [account_id])
    record_audit(c, who, "ask", "hosting_read", account_id)
    return get_hosting_account(c, account_id)


def list_platforms(c: Writer) -> list[Row]:
    """The platforms that are read by API: what each calls a show, and what opens it."""
    return c.execute(
        "select source, name, base_url, credential_hint, show_hint from app.download_sources where kind = 'api' order by name"
    ).fetchall()


def _platform(c: Writer, host: str) -> Row:
    rows = c.execute("select source, name, base_url, credential_hint from app.download_sources where kind = 'api'").fetchall()
    found = next((row for row in rows if row["source"] == host), None)
    if found is None:
        known = ", ".join(sorted(row["source"] for row in rows))
        raise Problem(
            "invalid", f"found the host {host!r}, expected one of {known}",
            errors=[FieldProblem(pointer="/body/host", message=f"not one of {known}")],
        )  # fmt: skip
    return found


def _require_form(host: str, credential: str, platform: Row) -> None:
    """A credential of two parts must have both; which parts is never said."""
    client_id, colon, secret = credential.partition(":")
    if host == "podbean" and not (client_id and colon and secret):
        raise Problem(
            "invalid", f"found a credential that is not as {platform['name']} gives it, expected: {platform['credential_hint']}",
            errors=[FieldProblem(pointer="/body/credential", message=str(platform["credential_hint"]))],
        )  # fmt: skip
