"""Links in mails, and the forms that they open: a new password, a confirmed address, an invitation."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.addresses import client_address
from api.auth.members import accept, no_invitation
from api.auth.passwords import hash_password
from api.auth.recovery import ask, use_token
from api.auth.sessions import is_login, start_session
from api.auth.tokens import LONGEST, token_hash
from api.dashboard.access import FormViewerDep, ServicesDep
from api.dashboard.door import DoorFormDep, door_page
from api.dashboard.pages.session import enter
from api.database import Row
from api.errors import Problem
from api.routes.recovery import SAID
from api.routes.users import Password
from api.services import Services

router = APIRouter()
Token = Annotated[str, Query(max_length=LONGEST)]
TOO_SHORT = "At least 10 characters, and at most 200."
PASSWORD: TypeAdapter[object] = TypeAdapter(Password)


@router.get("/forgot")
def forgot_page(request: Request, found: ServicesDep) -> Response:
    """Ask for a link; where this installation sends no mail, the page says whom to ask."""
    return _forgot(request, found)


@router.post("/forgot")
def forgot(request: Request, form: DoorFormDep, found: ServicesDep) -> Response:
    """The same words for every address."""
    try:
        ask(found, form.get("email", ""), "reset", client_address(request, found.settings.trusted_proxies))
    except Problem as problem:
        return _forgot(request, found, problem=problem)
    return _forgot(request, found, said=SAID)


@router.get("/reset")
def reset_page(request: Request, found: ServicesDep, token: Token = "") -> Response:
    """The form of a new password; looking at it uses up nothing."""
    return door_page(request, found, "reset.html", token=token, errors={}, values={})


@router.post("/reset")
def reset(request: Request, form: DoorFormDep, found: ServicesDep) -> Response:
    """A new password, and the login page: every session has ended."""
    token, password = form.get("token", "")[:LONGEST], form.get("password", "")
    if not _is_password(password):
        said = {"password": TOO_SHORT}
        return door_page(request, found, "reset.html", http_status=422, token=token, errors=said, values={})
    try:
        found.rates.hit(found.settings.login_rate, "token", client_address(request, found.settings.trusted_proxies))
        use_token(found.database, token, "reset", password)
    except Problem as problem:
        return door_page(
            request, found, "reset.html", http_status=problem.status, headers=problem.headers, token=token, errors={}, values={},
            problem=problem.detail,
        )  # fmt: skip
    said_there = "Your password is set. Sign in with it."
    return door_page(request, found, "login.html", values={"next": "/"}, errors={}, notice=said_there)


@router.get("/verify")
def verify_page(request: Request, found: ServicesDep, token: Token = "") -> Response:
    """A button: programs that open the links of a mail confirm nothing."""
    return door_page(request, found, "verify.html", token=token, is_done=False)


@router.post("/verify")
def verify(request: Request, form: DoorFormDep, found: ServicesDep) -> Response:
    """The address is confirmed."""
    token = form.get("token", "")[:LONGEST]
    try:
        found.rates.hit(found.settings.login_rate, "token", client_address(request, found.settings.trusted_proxies))
        use_token(found.database, token, "verify")
    except Problem as problem:
        return door_page(
            request, found, "verify.html", http_status=problem.status, headers=problem.headers, token=token, is_done=False,
            problem=problem.detail,
        )  # fmt: skip
    return door_page(request, found, "verify.html", token="", is_done=True)


@router.post("/verify/again")
def verify_again(request: Request, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """Another mail for who is signed in."""
    ask(found, viewer.principal.email or "", "verify", client_address(request, found.settings.trusted_proxies))
    return RedirectResponse("/settings/members?said=verification", 303)


@router.get("/join")
def join_page(request: Request, found: ServicesDep, token: Token = "") -> Response:
    """What the invitation is to, and the form: a password of one's own, or the one that the address has here already."""
    return _join(request, found, token, _invitation(found, token))


@router.post("/join")
def join(request: Request, form: DoorFormDep, found: ServicesDep) -> Response:
    """A member, signed in."""
    token, password = form.get("token", "")[:LONGEST], form.get("password", "")
    found.rates.hit(found.settings.login_rate, "login-address", client_address(request, found.settings.trusted_proxies))
    invited = _invitation(found, token)
    found.rates.hit(found.settings.login_rate, "login-account", invited["email"])
    if invited["has_password"]:
        if not is_login(found.database, invited["email"], password):
            return _join(request, found, token, invited, {"password": "This is not the password of this address."}, 401)
    elif not _is_password(password):
        return _join(request, found, token, invited, {"password": TOO_SHORT}, 422)
    password_hash = None if invited["has_password"] else hash_password(password)
    tenant_id, user_id = accept(found.database, token, password_hash, form.get("display_name", "")[:100])
    with found.database.tenant(tenant_id) as c:
        session = start_session(c, found.signer, tenant_id, user_id, found.session_lifetime)
    return enter(found, session, "/")


def _invitation(found: Services, token: str) -> Row:
    with found.database.transaction() as c:
        row = c.execute("select * from app.find_invitation(%s)", [token_hash(token)]).fetchone()
    if row is None:
        raise no_invitation()
    return row


def _join(
    request: Request, found: Services, token: str, invited: Row, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    return door_page(request, found, "join.html", http_status=status, token=token, invited=invited, errors=errors or {}, values={})


def _forgot(request: Request, found: Services, said: str = "", problem: Problem | None = None) -> Response:
    return door_page(
        request, found, "forgot.html", http_status=problem.status if problem else 200, headers=problem.headers if problem else None,
        problem=problem.detail if problem else "", notice=said, is_mail_on=found.postman.is_on, errors={}, values={},
    )  # fmt: skip


def _is_password(password: str) -> bool:
    try:
        PASSWORD.validate_python(password)
    except ValidationError:
        return False
    return True
