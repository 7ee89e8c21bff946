"""Logging in and out."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.auth.addresses import client_address
from api.auth.dependencies import PrincipalDep, ServicesDep
from api.auth.principals import Role
from api.auth.sessions import clear_cookie, log_in, log_out, set_cookie
from api.campaigns.models import Entry
from api.errors import Problem

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


class LoginEntry(Entry):
    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "ada@network.example", "password": "a long pass phrase"}]})

    email: Annotated[str, Field(max_length=320, pattern=r"^[^\x00]*$")]
    password: Annotated[SecretStr, Field(max_length=200)]


class LoggedIn(BaseModel):
    """A session that has begun; its cookie is in the answer's header."""

    role: Role
    display_name: str
    csrf_token: str


@router.post("", status_code=201, operation_id="sessions_create", summary="Log in")
def create_session(entry: LoginEntry, request: Request, response: Response, found: ServicesDep) -> LoggedIn:
    """One session: sets the cookie and returns the token for changes. Unknown addresses and wrong passwords answer alike."""
    address = client_address(request, found.settings.trusted_proxies)
    found.rates.hit(found.settings.login_rate, "login-address", address)
    found.rates.hit(found.settings.login_rate, "login-account", entry.email.strip().lower())
    session = log_in(found.database, found.signer, entry.email, entry.password.get_secret_value(), found.session_lifetime)
    if session is None or session.principal.session_id is None:
        raise Problem(
            "unauthenticated", "found no account with this e-mail address and password, expected both as registered: try again"
        )
    set_cookie(response, session, secure=found.settings.has_https)
    response.headers["Cache-Control"] = "no-store"
    who = session.principal
    return LoggedIn(role=who.role, display_name=who.display_name, csrf_token=found.signer.csrf_token(session.principal.session_id))


@router.delete("/current", status_code=204, operation_id="sessions_delete", summary="Log out")
def delete_session(principal: PrincipalDep, response: Response, found: ServicesDep) -> None:
    """The session of this cookie ends at once, copies of the cookie included."""
    if principal.session_id is None:
        raise Problem("conflict", "found an API key, expected a session: revoke the key with DELETE /v1/api-keys/{key_id}")
    with found.database.tenant(principal.tenant_id) as c:
        log_out(c, principal)
    clear_cookie(response, secure=found.settings.has_https)
