"""API keys: made by owners with the scopes they need, shown once, revoked."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.auth.dependencies import OwnerDep, ServicesDep
from api.auth.principals import Principal, Role
from api.auth.registration import make_api_key
from api.auth.scopes import ALL, Scope
from api.campaigns.events import record_audit
from api.campaigns.models import Entry, ShortText
from api.campaigns.paging import page_clause
from api.database import Writer
from api.errors import Problem, not_found
from api.routes.answers import Page, PageDep
from api.routes.users import ApiKeyOnce

router = APIRouter(prefix="/v1/api-keys", tags=["api_keys"])
COLUMNS = "key_id, name, role, scopes, sponsor_id, key_prefix, created_at, expires_at, last_used_at, revoked_at"

SCOPES = "read, write, reports, operator, admin, or one resource's: read:campaigns, write:sites. The role bounds them all."


class ApiKeyEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "warehouse export", "role": "analyst", "scopes": ["read"], "expires_at": "2027-01-01T00:00:00Z"}]
        }
    )

    name: ShortText
    role: Role = "analyst"
    scopes: list[Scope] = Field(list(ALL), min_length=1, max_length=50, description=SCOPES)
    sponsor_id: UUID | None = Field(None, description="With the role sponsor alone: whose campaigns the key sees.")
    expires_at: Annotated[AwareDatetime | None, Field(description="Without it the key is valid until it is revoked.")] = None


class ApiKey(BaseModel):
    """One API key, without the key."""

    key_id: UUID
    name: str
    role: str
    scopes: list[str]
    sponsor_id: UUID | None
    key_prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute; null: never.")
    revoked_at: datetime | None


class ApiKeyPage(Page):
    items: list[ApiKey]


@router.post("", status_code=201, operation_id="api_keys_create", summary="Make an API key")
def create_api_key(entry: ApiKeyEntry, principal: OwnerDep, found: ServicesDep) -> ApiKeyOnce:
    """One API key; the key itself is in this answer and never again."""
    if entry.expires_at is not None and entry.expires_at <= datetime.now(UTC):
        raise Problem("invalid", f"found expires_at {entry.expires_at.isoformat()}, expected a time in the future")
    with found.database.tenant(principal.tenant_id) as c:
        return ApiKeyOnce.of(make_api_key(c, principal, entry.name, entry.role, entry.expires_at, entry.scopes, entry.sponsor_id))


@router.get("", operation_id="api_keys_list", summary="List API keys")
def list_api_keys(principal: OwnerDep, found: ServicesDep, page: PageDep, request: Request, response: Response) -> ApiKeyPage:
    """One row per API key of this account, newest first, without the keys."""
    with found.database.tenant(principal.tenant_id) as c:
        rows = c.execute(page_clause("api_keys", COLUMNS, "key_id"), {**page.after.parameters, "limit": page.limit}).fetchall()
    items = [ApiKey(**row) for row in rows]
    return ApiKeyPage(items=items, next_cursor=page.cut(request, response, items, "key_id"))


@router.delete("/{key_id}", status_code=204, operation_id="api_keys_revoke", summary="Revoke an API key")
def revoke_api_key(key_id: UUID, principal: OwnerDep, found: ServicesDep) -> None:
    """One API key opens nothing any more; revoking twice changes nothing."""
    with found.database.tenant(principal.tenant_id) as c:
        revoke(c, principal, key_id)


def revoke(c: Writer, who: Principal, key_id: UUID) -> None:
    """End a key of this account. Raises `not-found`."""
    done = c.execute("update app.api_keys set revoked_at = coalesce(revoked_at, now()) where key_id = %s", [key_id])
    if done.rowcount == 0:
        raise not_found("API key", key_id)
    record_audit(c, who, "revoke", "api_key", key_id)
