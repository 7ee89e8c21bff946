"""How reports look: name, language, colours and logo, with the cover as it will be."""

import base64
from html import escape
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import OWNERS
from api.campaigns.report_settings import (
    Colour,
    ReportSettings,
    ReportSettingsChange,
    change_logo,
    change_report_settings,
    look_of,
    report_settings,
)
from api.dashboard.access import Form, FormDep, NetworkViewerDep, OwnerFormViewerDep, ServicesDep, Viewer
from api.dashboard.pages.all_reports import LANGUAGES
from api.dashboard.rendering import page
from api.dashboard.submissions import field_errors
from api.dashboard.uploads import UploadedDep, UploadViewerDep
from api.errors import Problem
from api.reports.language import say
from api.reports.look import ACCENT, BAND, Language, Look, looking
from api.services import Services

router = APIRouter()
FIELDS = ("display_name", "language", "band_colour", "accent_colour")


@router.get("/settings/reports")
def report_look_page(
    viewer: NetworkViewerDep,
    found: ServicesDep,
    display_name: Annotated[str | None, Query(max_length=200)] = None,
    language: Language | None = None,
    band_colour: Colour | None = None,
    accent_colour: Colour | None = None,
) -> HTMLResponse:
    """What is chosen, or, with a query, what would be."""
    tried = {"display_name": display_name, "language": language, "band_colour": band_colour, "accent_colour": accent_colour}
    return _look(viewer, found, values={name: value for name, value in tried.items() if value})


@router.post("/settings/reports")
def change_look_page(viewer: OwnerFormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """Another look, from the next report on."""
    try:
        entered = {name: form.get(name) or None for name in FIELDS if name != "language"} | _language(form)
        change = ReportSettingsChange.model_validate(entered)
        with found.database.tenant(viewer.principal.tenant_id) as c:
            change_report_settings(c, viewer.principal, change)
    except ValidationError as error:
        return _look(viewer, found, values=form, errors=field_errors(error), status=422)
    return RedirectResponse("/settings/reports", 303)


@router.post("/settings/reports/preview")
def try_look_page(viewer: OwnerFormViewerDep, form: FormDep) -> Response:
    """The page with what the form holds, not saved: an address without the form's token."""
    chosen = {name: form[name] for name in FIELDS if form.get(name)}
    return RedirectResponse(f"/settings/reports?{urlencode(chosen)}", 303)


@router.post("/settings/reports/logo")
def change_logo_page(viewer: UploadViewerDep, found: ServicesDep, uploaded: UploadedDep) -> Response:
    """Another logo, or none."""
    require_role(viewer.principal, OWNERS)
    try:
        with found.database.tenant(viewer.principal.tenant_id) as c:
            change_logo(c, viewer.principal, None if uploaded.fields.get("remove") else uploaded.content)
    except Problem as problem:
        return _look(viewer, found, errors={"file": problem.detail}, status=problem.status)
    return RedirectResponse("/settings/reports#logo", 303)


@router.get("/settings/reports/cover.svg")
def cover_picture(
    viewer: NetworkViewerDep,
    found: ServicesDep,
    display_name: Annotated[str | None, Query(max_length=200)] = None,
    language: Language | None = None,
    band_colour: Colour | None = None,
    accent_colour: Colour | None = None,
) -> Response:
    """The cover as it will be, without its numbers: a picture, so that the page needs no colours of its own."""
    with found.database.tenant(viewer.principal.tenant_id) as c:
        chosen = look_of(c)
    look = Look(
        language or chosen.language, display_name or chosen.name or viewer.tenant_name, band_colour or chosen.band,
        accent_colour or chosen.accent, chosen.logo,
    )  # fmt: skip
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'; img-src data:"}
    with looking(look):
        return Response(cover(look), media_type="image/svg+xml", headers=headers)


def cover(look: Look) -> str:
    """A drawing of A4's upper part; every text in it is escaped, every colour a checked one."""
    ink, words = look.on_band, {"sponsor": say("Sponsor")}
    name, at = escape((look.name or "")[:60]), 132 if look.logo else 30
    logo = ""
    if look.logo:
        data = base64.b64encode(look.logo).decode()
        logo = (
            '<rect x="30" y="24" width="90" height="32" rx="4" fill="#FFFFFF"/>'
            f'<image x="34" y="28" width="82" height="24" href="data:image/png;base64,{data}"/>'
        )
    bars = "".join(
        f'<rect x="{40 + 52 * n}" y="{330 - tall}" width="34" height="{tall}" fill="{look.accent}"/>'
        for n, tall in enumerate((40, 62, 55, 80, 96, 90, 110, 118))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 360" font-family="sans-serif">'
        '<rect width="520" height="360" fill="#FFFFFF"/>'
        f'<rect width="520" height="170" fill="{look.band}"/>{logo}'
        f'<text x="{at}" y="45" font-size="12" font-weight="bold" fill="{ink}">{name}</text>'
        f'<text x="30" y="92" font-size="26" font-weight="bold" fill="{ink}">{escape(say("Campaign"))}</text>'
        f'<text x="30" y="118" font-size="13" fill="{ink}">{escape(say("Prepared for {sponsor}", **words))}</text>'
        f'<text x="30" y="152" font-size="10" fill="{ink}">{escape(say("Campaign report"))}</text>'
        f'<rect x="30" y="186" width="26" height="3" fill="{look.accent}"/>'
        f'<text x="30" y="208" font-size="15" font-weight="bold" fill="#14213D">{escape(say("At a glance"))}</text>{bars}</svg>'
    )


def _language(form: Form) -> dict[str, str]:
    return {"language": form["language"]} if form.get("language") else {}


def _look(
    viewer: Viewer,
    found: Services,
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    with found.database.tenant(viewer.principal.tenant_id) as c:
        chosen: ReportSettings = report_settings(c)
    own = {name: getattr(chosen, name) or "" for name in FIELDS}
    tried = {name: value for name, value in (values or {}).items() if name in FIELDS and value and not errors}
    return page(
        "report_look.html", viewer, "settings", http_status=status, chosen=chosen, values=own | (values or {}), errors=errors or {},
        languages=LANGUAGES, tried=tried, defaults={"band_colour": BAND, "accent_colour": ACCENT},
    )  # fmt: skip
