"""Pages outside the frame: their forms bear a token too, bound to a cookie of the browser, since nobody is signed in yet."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from api.auth.sessions import CSRF_FIELD
from api.dashboard.access import Form, FormDep, ServicesDep
from api.dashboard.rendering import page
from api.errors import Problem
from api.services import Services

FORM_COOKIE = "hostread_form"


def door_page(
    request: Request,
    found: Services,
    template: str,
    *,
    http_status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """The template with a form's token; the browser gets the cookie that the token belongs to."""
    form_id = _form_id(request) or uuid4()
    token = found.signer.csrf_token(form_id)
    response = page(template, None, http_status=http_status, headers=headers, **{"csrf_token": token, "problem": "", **context})
    response.set_cookie(FORM_COOKIE, form_id.hex, path="/", secure=found.settings.has_https, httponly=True, samesite="lax")
    return response


def door_form(request: Request, form: FormDep, found: ServicesDep) -> Form:
    """The fields of such a form. Raises `csrf` where its token is not the one of this browser's cookie."""
    form_id = _form_id(request)
    if form_id is None or not found.signer.is_csrf_token(form_id, form.get(CSRF_FIELD, "")):
        raise Problem("csrf", "found no valid form token, expected the one of the page: load the page again, with cookies allowed")
    return form


DoorFormDep = Annotated[Form, Depends(door_form)]


def _form_id(request: Request) -> UUID | None:
    try:
        return UUID(request.cookies.get(FORM_COOKIE, ""))
    except ValueError:
        return None
