"""Accounts at hosting platforms: add one, see how its last read went, test it, change its credential, pause it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import OWNERS
from api.campaigns.accounts import list_rows
from api.campaigns.hosting import (
    HostingAccountChange,
    HostingAccountEntry,
    ask_for_read,
    change_hosting_account,
    create_hosting_account,
    list_hosting_accounts,
    list_platforms,
)
from api.campaigns.paging import After
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.errors import Problem
from api.services import Services

router = APIRouter()
LISTED = 500
FIELDS = ("show_id", "host", "external_show_id", "credential", "base_url")


@router.get("/hosting")
def hosting_page(viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The accounts, and the form of a new one."""
    return _hosting(viewer, found, {}, {}, "")


@router.get("/hosting/accounts")
def accounts_part(viewer: NetworkViewerDep, found: ServicesDep) -> Response:
    """The list alone: what the page asks for again while an account is being read."""
    return page("parts/hosting.html", viewer, **_list_context(viewer, found))


@router.post("/hosting")
def create_account_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A new account, read at once."""
    require_role(viewer.principal, OWNERS)
    try:
        entry = HostingAccountEntry.model_validate({name: form[name] for name in FIELDS if form.get(name)})
        with found.database.tenant(viewer.principal.tenant_id) as c:
            create_hosting_account(c, viewer.principal, entry, found.settings.secret_key.get_secret_value())
    except ValidationError as error:
        return _hosting(viewer, found, form, field_errors(error), "", 422)
    except Problem as problem:
        return _hosting(viewer, found, form, {}, problem.detail, problem.status)
    return RedirectResponse("/hosting", 303)


@router.post("/hosting/{account_id}/read")
def read_account_page(account_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """The account is read at once; the list shows what came of it."""
    require_role(viewer.principal, OWNERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        ask_for_read(c, viewer.principal, account_id)
    return RedirectResponse("/hosting", 303)


@router.post("/hosting/{account_id}")
def change_account_page(account_id: UUID, viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A new credential, or off and on; what was landed stays."""
    require_role(viewer.principal, OWNERS)
    given = {name: form[name] for name in ("credential", "is_active") if form.get(name)}
    try:
        if not given:
            raise Problem("invalid", "found no credential, expected the new one: enter it")
        change = HostingAccountChange.model_validate(given)
        with found.database.tenant(viewer.principal.tenant_id) as c:
            change_hosting_account(c, viewer.principal, account_id, change, found.settings.secret_key.get_secret_value())
    except ValidationError as error:
        return _hosting(viewer, found, {}, {}, f"The credential: {'; '.join(field_errors(error).values())}", 422)
    except Problem as problem:
        return _hosting(viewer, found, {}, {}, problem.detail, problem.status)
    return RedirectResponse("/hosting", 303)


def _hosting(viewer: Viewer, found: Services, values: Form, errors: dict[str, str], problem: str, status: int = 200) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        shows = sorted(
            ((str(row["show_id"]), row["title"]) for row in list_rows(c, "shows", "show_id", After(), LISTED)),
            key=lambda choice: choice[1].lower(),
        )
        platforms = list_platforms(c)
    return page(
        "hosting.html", viewer, "hosting", http_status=status, shows=shows, platforms=platforms, errors=errors, problem=problem,
        platform_choices=[(row["source"], row["name"]) for row in platforms],
        # What opens an account is never sent back, not even to who typed it.
        values={name: value for name, value in values.items() if name != "credential"},
        **_list_context(viewer, found),
    )  # fmt: skip


def _list_context(viewer: Viewer, found: Services) -> dict[str, Any]:
    """What `parts/hosting.html` needs: the accounts, and whether one is being read."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        accounts = list_hosting_accounts(c)
    return {"accounts": accounts, "is_read_waiting": any(account.is_waiting for account in accounts)}
