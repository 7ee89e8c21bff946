"""What a customer says: the short form of the dashboard, and the same behind the link of a survey's mail."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.auth.addresses import client_address
from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep, Viewer
from api.dashboard.door import DoorFormDep, door_page
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.errors import Problem
from api.mail.survey_links import LONGEST, SurveyLink, SurveyLinks
from api.services import Services
from api.success.answers import FeedbackEntry, give_feedback, survey_state

router = APIRouter()
Token = Annotated[str, Query(max_length=LONGEST)]
FIELDS = ("nps_score", "satisfaction_score", "comment", "is_technical_issue")
EMPTY = "Give a score, or write something."
OVER = "This link opens no survey any more: it was answered, or its two weeks are over. Thank you all the same."


@router.get("/feedback")
def feedback_page(viewer: NetworkViewerDep, said: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The form, or thanks."""
    return _form(viewer, notice="Thank you. Whoever runs Hostread here has it now." if said == "given" else "")


@router.post("/feedback")
def give_page(viewer: FormViewerDep, form: FormDep, found: ServicesDep) -> Response:
    """One answer of this account."""
    require_role(viewer.principal, WRITERS)
    try:
        entry = FeedbackEntry.model_validate(_filled(form))
    except ValidationError as error:
        return _form(viewer, values=form, errors=_errors(error), status=422)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        give_feedback(c, viewer.principal, entry, "form")
    return RedirectResponse("/feedback?said=given", 303)


@router.get("/survey")
def survey_page(request: Request, found: ServicesDep, token: Token = "") -> Response:
    """The survey's form; looking at it uses up nothing."""
    link = _open_link(found, token)
    return _survey(request, found, token) if link is not None else _over(request, found)


@router.post("/survey")
def answer_page(request: Request, form: DoorFormDep, found: ServicesDep) -> Response:
    """The one answer that a survey takes."""
    found.rates.hit(found.settings.login_rate, "survey", client_address(request, found.settings.trusted_proxies))
    token = form.get("token", "")[:LONGEST]
    link = _open_link(found, token)
    if link is None:
        return _over(request, found)
    try:
        entry = FeedbackEntry.model_validate(_filled(form))
        with found.database.tenant(link.tenant_id) as c:
            give_feedback(c, None, entry, "survey", link.survey_id)
    except ValidationError as error:
        return _survey(request, found, token, values=form, errors=_errors(error), http_status=422)
    except Problem:
        return _over(request, found)
    return door_page(
        request, found, "survey.html", token="", values={}, errors={}, is_open=False, notice="Thank you for your answer."
    )


def _open_link(found: Services, token: str) -> SurveyLink | None:
    """The link of a token of ours that is not over and was not used."""
    link = SurveyLinks(found.settings.base_url, found.settings.secret_key.get_secret_value()).read(token)
    if link is None or link.expires_at <= datetime.now(UTC):
        return None
    with found.database.tenant(link.tenant_id) as c:
        state = survey_state(c, link.survey_id)
    return link if state is not None and state["is_open"] and not state["is_answered"] else None


def _filled(form: Form) -> Form:
    return {name: form[name] for name in FIELDS if form.get(name)}


def _errors(error: ValidationError) -> dict[str, str]:
    """A rule over several fields stands under the comment."""
    said = field_errors(error)
    about_all = said.pop("flight_end", None)
    return said | ({"comment": "Say what does not work." if "technical" in about_all else EMPTY} if about_all else {})


def _form(
    viewer: Viewer, *, values: Form | None = None, errors: dict[str, str] | None = None, notice: str = "", status: int = 200
) -> Response:
    return page("feedback.html", viewer, "feedback", http_status=status, values=values or {}, errors=errors or {}, notice=notice)


def _survey(request: Request, found: Services, token: str, *, http_status: int = 200, **context: Any) -> Response:
    return door_page(
        request,
        found,
        "survey.html",
        http_status=http_status,
        **{"token": token, "values": {}, "errors": {}, "is_open": True, **context},
    )


def _over(request: Request, found: Services) -> Response:
    return door_page(request, found, "survey.html", http_status=404, token="", values={}, errors={}, is_open=False, problem=OVER)
