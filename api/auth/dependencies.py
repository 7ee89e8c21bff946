"""What a route declares to know who is asking: a bearer key or the session's cookie, the role, and the form token."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.auth.keys import key_hash
from api.auth.principals import OWNERS, TENANT_READERS, WRITERS, Principal, Role
from api.auth.scopes import SAFE, needed, permits
from api.auth.sessions import COOKIE, CSRF_FIELD, CSRF_HEADER, find_session, in_account
from api.contract.idempotency import claim_key
from api.database import ACTING, AppDatabase
from api.errors import Problem, not_found
from api.services import Services, services

bearer = HTTPBearer(auto_error=False, scheme_name="api_key", description="`Authorization: Bearer hr_…`, from POST /v1/api-keys")
cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session", description="Set by POST /v1/sessions")

ServicesDep = Annotated[Services, Depends(services)]
TENANT_HEADER = "X-Hostread-Tenant"


def find_principal(found: Services, authorization: str | None, cookie_value: str | None) -> Principal | None:
    """The principal of a bearer key, else of a session cookie, else None. Bad ones are as none."""
    if authorization is not None:
        return _of_key(found.database, authorization)
    named = found.signer.read_cookie(cookie_value) if cookie_value else None
    if named is None:
        return None
    tenant_id, session_id = named
    with found.database.tenant(tenant_id) as c:
        return find_session(c, tenant_id, session_id)


def current_principal(
    request: Request,
    found: ServicesDep,
    key: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    session: Annotated[str | None, Depends(cookie)],
) -> Principal:
    """Who is asking; raises `unauthenticated`, and `csrf` where a cookie changes something without its token in the header."""
    principal = find_principal(found, key.credentials if key else None, session)
    if principal is None:
        raise Problem(
            "unauthenticated",
            "found no valid API key and no session, expected `Authorization: Bearer hr_…` or the cookie of POST /v1/sessions",
            headers={"WWW-Authenticate": 'Bearer realm="hostread"'},
        )
    if principal.session_id is not None and request.method not in SAFE:
        require_csrf(found, principal, request.headers.get(CSRF_HEADER))
    if TENANT_HEADER in request.headers:
        principal = _in_account(found, principal, request.headers[TENANT_HEADER])
    _require_scope(request, principal)
    note_actor(request, principal)
    claim_key(request, found, principal)
    return principal


def note_actor(request: Request, principal: Principal) -> None:
    """Say who acts: to what records failures, and to the database's audit of every change from here on."""
    request.state.principal = principal
    acting = ACTING.get()
    if acting is not None:
        acting.kind, acting.identifier = principal.actor_kind, principal.actor_id
        acting.tenant_id, acting.user_id = principal.tenant_id, principal.user_id


def _in_account(found: Services, principal: Principal, slug: str) -> Principal:
    """A person works in any of its accounts; a key belongs to one, and naming another is as naming none."""
    if principal.session_id is not None:
        return in_account(found.database, principal, slug)
    with found.database.tenant(principal.tenant_id) as c:
        if c.execute("select 1 from app.tenants where slug = %s", [slug]).fetchone() is None:
            raise not_found("account", slug[:63])
    return principal


def _require_scope(request: Request, principal: Principal) -> None:
    tag = next(iter(getattr(request.scope.get("route"), "tags", None) or ["other"]))
    if principal.scopes is not None and not permits(principal.scopes, request.method, str(tag)):
        raise Problem(
            "forbidden",
            f"found a key with the scopes {', '.join(principal.scopes) or 'none'}, expected {needed(request.method, str(tag))}: "
            "make a key that has it",
        )


def require_csrf(found: Services, principal: Principal, token: str | None) -> None:
    """A change by cookie needs the token of its session: in the header, or for the dashboard's forms in the field."""
    if principal.session_id is None or not token or not found.signer.is_csrf_token(principal.session_id, token):
        raise Problem(
            "csrf",
            f"found no valid form token, expected the `csrf_token` of GET /v1/me in the header {CSRF_HEADER} "
            f"or the form field {CSRF_FIELD}: load the page again",
        )


PrincipalDep = Annotated[Principal, Depends(current_principal)]


def require_role(principal: Principal, allowed: frozenset[Role]) -> Principal:
    """Raises `forbidden`, naming the role found and those expected."""
    if principal.role not in allowed:
        raise Problem(
            "forbidden", f"found the role {principal.role}, expected {' or '.join(sorted(allowed))}: ask an owner of this account"
        )
    return principal


def _writer(principal: PrincipalDep) -> Principal:
    return require_role(principal, WRITERS)


def _owner(principal: PrincipalDep) -> Principal:
    return require_role(principal, OWNERS)


def _tenant_reader(principal: PrincipalDep) -> Principal:
    return require_role(principal, TENANT_READERS)


WriterDep = Annotated[Principal, Depends(_writer)]
OwnerDep = Annotated[Principal, Depends(_owner)]
TenantReaderDep = Annotated[Principal, Depends(_tenant_reader)]


def _of_key(database: AppDatabase, key: str) -> Principal | None:
    """A key acts for the user who made it: what it creates counts as that user's (TTFV asks for the user)."""
    with database.transaction() as c:
        row = c.execute("select * from app.find_api_key(%s)", [key_hash(key)]).fetchone()
    if row is None:
        return None
    return Principal(
        row["tenant_id"], row["role"], "api_key", row["key_id"], row["created_by"], row["sponsor_id"],
        display_name=row["name"], scopes=tuple(row["scopes"]),
    )  # fmt: skip
