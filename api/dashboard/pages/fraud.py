"""Fraud: the highest scores with their reasons, and decisions on them."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import OWNERS, WRITERS
from api.campaigns.fraud import (
    FraudDecisionEntry,
    FraudSettingsEntry,
    change_settings,
    decide,
    get_settings,
    list_decisions,
    withdraw,
)
from api.campaigns.paging import After
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep
from api.dashboard.pictures.fraud import fraud_tiles, score_chart
from api.dashboard.rendering import page
from api.dashboard.submissions import first_fault
from api.errors import Problem
from api.marts.fraud import fraud_overview, scored_conversion, scored_conversions

router = APIRouter()
ROWS = 50
SHOWN_DECISIONS = 100
# From which score on somebody is suspect is a rule of the build (docs/fraud.md).
SHOWN: Mapping[str, bool | None] = {"suspects": True, "all": None}


@router.get("/fraud")
def fraud_page(
    viewer: NetworkViewerDep, found: ServicesDep, show: Annotated[str, Query(max_length=20)] = "suspects"
) -> HTMLResponse:
    """The 50 highest scores, suspects alone unless `show` is `all`; the scores as a whole; and the newest decisions."""
    show = show if show in SHOWN else "suspects"
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        seen = fraud_overview(c)
        rows = scored_conversions(c, is_suspect=SHOWN[show], limit=ROWS)
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        decisions = list_decisions(writer, After(), SHOWN_DECISIONS)
        settings = get_settings(writer)
    decided = {one.conversion_id: one for one in reversed(decisions) if one.scope == "conversion" and one.withdrawn_at is None}
    return page(
        "fraud.html", viewer, "fraud", build=seen.build, seen=seen, rows=rows, decisions=decisions, decided=decided, show=show,
        key_figures=fraud_tiles(seen), scores=score_chart(seen), settings=settings,
    )  # fmt: skip


@router.post("/fraud/decide")
def decide_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A decision, recorded; the live figures follow at once, history with the next build."""
    require_role(viewer.principal, WRITERS)
    try:
        entry = FraudDecisionEntry.model_validate({name: form[name] for name in FraudDecisionEntry.model_fields if form.get(name)})
    except ValidationError as error:
        raise Problem(
            "invalid", f"found a decision that cannot be: {first_fault(error)}: choose a verdict and enter a reason"
        ) from error
    seen = None
    if entry.conversion_id is not None:
        with found.warehouse.tenant(viewer.principal.tenant_id) as c:
            seen = scored_conversion(c, entry.conversion_id)
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        decide(writer, viewer.principal, entry, seen)
    return RedirectResponse(_back(form), 303)


@router.post("/fraud/decisions/{decision_id}/withdraw")
def withdraw_page(decision_id: UUID, viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A decision that was taken back; it stays in the list."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        withdraw(writer, viewer.principal, decision_id)
    return RedirectResponse(_back(form), 303)


@router.post("/fraud/settings")
def settings_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """From which score on conversions stand apart by themselves; empty: never."""
    require_role(viewer.principal, OWNERS)
    try:
        entry = FraudSettingsEntry.model_validate({"exclude_score": form.get("exclude_score") or None})
    except ValidationError as error:
        raise Problem(
            "invalid", f"found a threshold that cannot be: {first_fault(error)}: enter 0.0001 to 1, or nothing"
        ) from error
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        change_settings(writer, viewer.principal, entry)
    return RedirectResponse("/fraud", 303)


def _back(form: Form) -> str:
    return "/fraud?show=all" if form.get("show") == "all" else "/fraud"
