"""Accounts at hosting platforms."""

from uuid import UUID

from fastapi import APIRouter

from api.auth.dependencies import OwnerDep, ServicesDep, TenantReaderDep
from api.campaigns.hosting import (
    HostingAccount,
    HostingAccountChange,
    HostingAccountEntry,
    ask_for_read,
    change_hosting_account,
    create_hosting_account,
    get_hosting_account,
    list_hosting_accounts,
)
from api.marts.keyset import Order
from api.routes.answers import Page, PageDep

router = APIRouter(prefix="/v1")


class HostingAccountPage(Page):
    """Accounts at hosts, the oldest first."""

    items: list[HostingAccount]


@router.post(
    "/hosting-accounts", status_code=201, tags=["hosting"], operation_id="hosting_create", summary="Add an account at a host"
)
def post_hosting_account(entry: HostingAccountEntry, principal: OwnerDep, found: ServicesDep) -> HostingAccount:
    """One account, read hourly from now on. Its credential is kept encrypted, and no answer ever holds it."""
    with found.database.tenant(principal.tenant_id) as c:
        return create_hosting_account(c, principal, entry, found.settings.secret_key.get_secret_value())


@router.get("/hosting-accounts", tags=["hosting"], operation_id="hosting_list", summary="List accounts at hosts")
def get_hosting_accounts(principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> HostingAccountPage:
    """One row per account: when it was read last, and what is wrong where it was not."""
    with found.database.tenant(principal.tenant_id) as c:
        return HostingAccountPage(**page.of(list_hosting_accounts(c), Order("created_at timestamptz", "account_id uuid")))


@router.get("/hosting-accounts/{account_id}", tags=["hosting"], operation_id="hosting_read", summary="Read an account at a host")
def get_one_hosting_account(account_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> HostingAccount:
    """One account, without its credential."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_hosting_account(c, account_id)


@router.patch(
    "/hosting-accounts/{account_id}", tags=["hosting"], operation_id="hosting_change", summary="Change an account at a host"
)
def patch_hosting_account(
    account_id: UUID, change: HostingAccountChange, principal: OwnerDep, found: ServicesDep
) -> HostingAccount:
    """One account with a new credential, or switched off or on; it is asked anew with the next run, and its figures stay."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_hosting_account(c, principal, account_id, change, found.settings.secret_key.get_secret_value())


@router.post(
    "/hosting-accounts/{account_id}/reads",
    status_code=202,
    tags=["hosting"],
    operation_id="hosting_ask",
    summary="Read an account at once",
)
def post_hosting_read(account_id: UUID, principal: OwnerDep, found: ServicesDep) -> HostingAccount:
    """One account that is read within seconds: how a connection is tested. `is_waiting` ends then, and `last_error` says how."""
    with found.database.tenant(principal.tenant_id) as c:
        return ask_for_read(c, principal, account_id)
