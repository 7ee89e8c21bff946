"""API keys of the account: each with its scopes and its end, shown once when it is made."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.registration import NewKey, make_api_key
from api.dashboard.access import Form, FormDep, OwnerFormViewerDep, OwnerViewerDep, ServicesDep, Viewer
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.errors import Problem
from api.routes.api_keys import ApiKeyEntry, revoke
from api.services import Services

router = APIRouter(prefix="/settings/keys")
KEYS = """
select
    key_id, name, role, scopes, key_prefix, created_at, expires_at, last_used_at, revoked_at,
    coalesce(expires_at <= now(), false) as is_over
from app.api_keys
order by revoked_at is not null, created_at desc, key_id
limit 200
"""
ROLES = (("analyst", "Analyst: reads and enters"), ("owner", "Owner: everything"), ("operator", "Operator: reads everything"))
SCOPES = (
    ("read write reports admin", "Everything its role may"),
    ("read", "Read"),
    ("read reports", "Read, and ask for reports"),
    ("reports", "Reports alone"),
    ("read write reports", "Read and enter, no members and keys"),
    ("operator", "Operate: hosts, imports, counting, collection"),
    ("admin", "Members, keys and audit alone"),
)
LIFETIMES = (("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until it is revoked"))


@router.get("")
def keys_page(viewer: OwnerViewerDep, found: ServicesDep) -> Response:
    """The keys, without the keys themselves."""
    return _keys(viewer, found)


@router.post("")
def create_key_page(viewer: OwnerFormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A new key, shown in this answer and never again."""
    days = form.get("lifetime", "")
    try:
        entry = ApiKeyEntry.model_validate(
            {name: form[name] for name in ("name", "role") if form.get(name)}
            | ({"scopes": form["scopes"].split()} if form.get("scopes") else {})
            | ({"expires_at": datetime.now(UTC) + timedelta(days=int(days))} if days in dict(LIFETIMES) and days else {})
        )
        with found.database.tenant(viewer.principal.tenant_id) as c:
            made = make_api_key(c, viewer.principal, entry.name, entry.role, entry.expires_at, entry.scopes, entry.sponsor_id)
    except ValidationError as error:
        return _keys(viewer, found, values=form, errors=field_errors(error), status=422)
    except Problem as problem:
        return _keys(viewer, found, values=form, errors={"role": problem.detail}, status=problem.status)
    return _keys(viewer, found, made=made)


@router.post("/{key_id}/revoke")
def revoke_key_page(key_id: UUID, viewer: OwnerFormViewerDep, found: ServicesDep) -> Response:
    """The key opens nothing any more; revoking twice changes nothing."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        revoke(c, viewer.principal, key_id)
    return RedirectResponse("/settings/keys", 303)


def _keys(
    viewer: Viewer,
    found: Services,
    *,
    values: Form | None = None,
    errors: dict[str, str] | None = None,
    made: NewKey | None = None,
    status: int = 200,
) -> Response:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        keys = c.execute(KEYS).fetchall()
    return page(
        "keys.html", viewer, "settings", http_status=status, keys=keys, made=made, values={"lifetime": "365"} | (values or {}),
        errors=errors or {}, roles=ROLES, scopes=SCOPES, lifetimes=LIFETIMES, base_url=found.settings.base_url,
    )  # fmt: skip
