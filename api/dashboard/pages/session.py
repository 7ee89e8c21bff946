"""The door: sign in, register, sign out; and the accounts of who is signed in."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.addresses import client_address
from api.auth.registration import add_account, register
from api.auth.sessions import COOKIE, Session, clear_cookie, log_in, log_out, set_cookie, switch_account
from api.dashboard.access import FormDep, FormViewerDep, ServicesDep, ViewerDep, find_viewer
from api.dashboard.door import DoorFormDep, door_page
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.errors import Problem
from api.routes.tenants import AccountEntry
from api.routes.users import RegistrationEntry
from api.services import Services

router = APIRouter()
CURRENCIES = tuple((code, code) for code in ("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "SEK", "NOK", "DKK", "JPY"))


@router.get("/login")
def login_page(request: Request, found: ServicesDep, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """The form; somebody who is signed in already goes on."""
    if find_viewer(found, request.cookies.get(COOKIE)) is not None:
        return RedirectResponse(local_path(next), 303)
    return door_page(request, found, "login.html", values={"next": local_path(next)}, errors={})


@router.post("/login")
def login(request: Request, form: DoorFormDep, found: ServicesDep) -> Response:
    """A session, or the form again with the one answer for a wrong address and a wrong password."""
    email, password = form.get("email", ""), form.get("password", "")
    try:
        # The same counters as the API's login: one person has one number of attempts.
        found.rates.hit(found.settings.login_rate, "login-address", client_address(request, found.settings.trusted_proxies))
        found.rates.hit(found.settings.login_rate, "login-account", email.lower())
        session = log_in(found.database, found.signer, email, password, found.session_lifetime)
    except Problem as problem:
        return _again(request, found, "login.html", form, problem.detail, problem)
    if session is None:
        said = "This e-mail address and password do not belong together."
        return _again(request, found, "login.html", form, said, None, 401)
    return enter(found, session, local_path(form.get("next", "/")))


@router.get("/register")
def register_page(request: Request, found: ServicesDep) -> Response:
    """The form of a new account."""
    return door_page(request, found, "register.html", values={"currency": "USD"}, errors={}, currencies=CURRENCIES)


@router.post("/register")
def register_account(request: Request, form: DoorFormDep, found: ServicesDep) -> Response:
    """A new tenant with its owner, signed in at once."""
    try:
        entry = RegistrationEntry.model_validate({k: v for k, v in form.items() if k in RegistrationEntry.model_fields and v})
        password = entry.password.get_secret_value()
        found.rates.hit(found.settings.registration_rate, "register", client_address(request, found.settings.trusted_proxies))
        made = register(
            found.database, email=entry.email, password=password, display_name=entry.display_name, organisation=entry.organisation,
            currency=entry.currency, timezone=entry.timezone, is_mail_on=found.postman.is_on,
        )  # fmt: skip
        session = log_in(found.database, found.signer, entry.email, password, found.session_lifetime)
    except ValidationError as error:
        return _again(request, found, "register.html", form, "", None, 422, field_errors(error))
    except Problem as problem:
        return _again(request, found, "register.html", form, problem.detail, problem)
    if session is None:
        raise Problem("internal", f"the account of {made.user_id} was made but could not be signed in: sign in by hand")
    found.postman.wake()
    return enter(found, session, "/")


@router.post("/logout")
def logout(viewer: FormViewerDep, found: ServicesDep) -> Response:
    """End the session on the server too: a copy of the cookie opens nothing any more."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        log_out(c, viewer.principal)
    response = RedirectResponse("/login", 303)
    clear_cookie(response, secure=found.settings.has_https)
    return response


@router.post("/accounts/switch")
def switch(viewer: FormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """Go on in another account of the same login, in a session of its own."""
    session = switch_account(found.database, found.signer, viewer.principal, form.get("slug", ""), found.session_lifetime)
    return enter(found, session, "/")


@router.get("/accounts")
def accounts_page(viewer: ViewerDep) -> Response:
    """The accounts of who is signed in, and the form of another one."""
    return page("accounts.html", viewer, values={"currency": viewer.currency}, errors={}, problem="", currencies=CURRENCIES)


@router.post("/accounts")
def add_account_page(viewer: FormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """One more account, and go on in it."""
    who = viewer.principal
    try:
        entry = AccountEntry.model_validate({k: v for k, v in form.items() if k in AccountEntry.model_fields and v})
        found.rates.hit(found.settings.registration_rate, "account", who.email or "")
    except ValidationError as error:
        return page(
            "accounts.html", viewer, http_status=422, values=form, errors=field_errors(error), problem="", currencies=CURRENCIES
        )
    except Problem as problem:
        return page(
            "accounts.html", viewer, http_status=problem.status, headers=problem.headers, values=form, errors={},
            problem=problem.detail, currencies=CURRENCIES,
        )  # fmt: skip
    _, slug, _ = add_account(found.database, who, organisation=entry.organisation, currency=entry.currency, timezone=entry.timezone)
    return enter(found, switch_account(found.database, found.signer, who, slug, found.session_lifetime), "/")


def local_path(address: str) -> str:
    """The path of an address on this host, else the first page: a login link must lead nobody elsewhere."""
    parts = urlsplit(address.replace("\\", "/"))
    is_local = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("//")
    return f"{parts.path}?{parts.query}" if is_local and parts.query else parts.path if is_local else "/"


def enter(found: Services, session: Session, path: str) -> Response:
    """Go to a page with the cookie of a session that has just begun."""
    response = RedirectResponse(path, 303)
    set_cookie(response, session, secure=found.settings.has_https)
    return response


def _again(
    request: Request,
    found: Services,
    template: str,
    form: dict[str, str],
    said: str,
    problem: Problem | None,
    status: int = 400,
    errors: dict[str, str] | None = None,
) -> Response:
    values = {name: value for name, value in form.items() if name != "password"}
    return door_page(
        request, found, template, http_status=problem.status if problem else status, headers=problem.headers if problem else None,
        values={"next": "/", "currency": "USD"} | values, errors=errors or {}, problem=said, currencies=CURRENCIES,
    )  # fmt: skip
