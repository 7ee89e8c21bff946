"""The accounts of one login: an agency works in several."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth.dependencies import PrincipalDep, ServicesDep
from api.auth.principals import Role
from api.auth.registration import add_account
from api.auth.sessions import memberships
from api.campaigns.accounts import Timezone
from api.campaigns.models import Currency, Entry, Text
from api.errors import Problem
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep
from api.routes.users import TenantView

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])


class AccountEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"organisation": "Day Network", "currency": "EUR", "timezone": "Europe/Berlin"}]}
    )

    organisation: Annotated[Text, Field(max_length=200)]
    currency: Currency = "USD"
    timezone: Timezone = "UTC"


class Account(BaseModel):
    """One account that the login is a member of; name its slug as X-Hostread-Tenant to work in it."""

    slug: str
    name: str
    currency: str
    role: Role
    is_current: bool


class AccountList(Page):
    items: list[Account]


@router.get("", operation_id="accounts_list", summary="List my accounts")
def get_accounts(principal: PrincipalDep, found: ServicesDep, page: PageDep) -> AccountList:
    """One row per account of who asks, by slug; a key has its own alone."""
    with found.database.tenant(principal.tenant_id) as c:
        rows = memberships(c, principal)
        if principal.session_id is None:
            own = c.execute("select tenant_id, slug, name, currency from app.tenants").fetchall()
            rows = [{**row, "role": principal.role} for row in own]
    accounts = [
        Account(
            slug=row["slug"], name=row["name"], currency=row["currency"], role=row["role"],
            is_current=row["tenant_id"] == principal.tenant_id,
        )
        for row in rows
    ]  # fmt: skip
    return AccountList(**page.of(accounts, Order("slug text")))


@router.post("", status_code=201, operation_id="accounts_create", summary="Open another account")
def post_account(entry: AccountEntry, principal: PrincipalDep, found: ServicesDep) -> TenantView:
    """One more account of the same login, which owns it. It needs a session: a key belongs to its own account."""
    if principal.session_id is None:
        raise Problem("conflict", "found an API key, expected a person: sign in with POST /v1/sessions and send the cookie")
    found.rates.hit(found.settings.registration_rate, "account", principal.email or "")
    _, slug, _ = add_account(
        found.database, principal, organisation=entry.organisation, currency=entry.currency, timezone=entry.timezone
    )
    return TenantView(slug=slug, name=entry.organisation, currency=entry.currency, timezone=entry.timezone)
