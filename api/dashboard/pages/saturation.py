"""Saturation: what the next unit of spend brings on each show, and where the same budget would bring more."""

from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.budget_limits import BudgetLimitEntry, BudgetLimitsEntry, change_limits, list_limits
from api.campaigns.verdicts import mark_seen
from api.dashboard.access import Form, FormDep, FormViewerDep, NetworkViewerDep, ServicesDep
from api.dashboard.pictures import saturation as pictures
from api.dashboard.rendering import page
from api.errors import Problem
from api.marts.keyset import Window
from api.marts.saturation import budget_advice, saturation, saturation_alerts

router = APIRouter()


@router.get("/saturation")
def saturation_page(viewer: NetworkViewerDep, found: ServicesDep, sponsor: Annotated[UUID | None, Query()] = None) -> HTMLResponse:
    """One sponsor's shows (the first one's by name without a choice), and what changed on any."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        every = saturation(c)
        sponsors = {channel.sponsor_id: channel.sponsor_name for channel in every.channels}
        chosen = sponsor if sponsor in sponsors else next(iter(sponsors), None)
        seen = saturation(c, sponsor_id=chosen, all_windows=True) if chosen else every
        advice = budget_advice(c, sponsor_id=chosen).budgets if chosen else []
        alerts = saturation_alerts(c, only_open=True, only_unseen=True, window=Window(limit=20)).items
    limits = []
    if chosen:
        with found.database.tenant(viewer.principal.tenant_id) as writer:
            limits = list_limits(writer, chosen)
    return page(
        "saturation.html", viewer, "saturation", build=every.build, sponsors=sponsors, chosen=chosen, channels=seen.channels,
        key_figures=pictures.tiles(every.channels), budgets=advice, alerts=alerts, pictures=pictures,
        limits={limit.show_id: limit for limit in limits},
        curves=[pictures.curve(channel, number) for number, channel in enumerate(seen.channels)],
    )  # fmt: skip


@router.post("/saturation/alerts/{verdict_id}/seen")
def seen_page(verdict_id: UUID, viewer: FormViewerDep, found: ServicesDep) -> Response:
    """A changed verdict that the banner shows no more."""
    require_role(viewer.principal, WRITERS)
    with found.database.tenant(viewer.principal.tenant_id) as c:
        mark_seen(c, viewer.principal, verdict_id)
    return RedirectResponse("/saturation", 303)


@router.post("/saturation/limits")
def limits_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """The sponsor's limits in the account's currency: fields `least-<show>` and `most-<show>`, empty ones no limit."""
    require_role(viewer.principal, WRITERS)
    try:
        sponsor = UUID(form.get("sponsor_id", ""))
        entry = BudgetLimitsEntry(currency=form.get("currency") or None, limits=_limits(form))
    except (ValidationError, ValueError, InvalidOperation) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "found what is no amount, expected one as 500.00"
        raise Problem("invalid", f"{said}: go back and correct the limits") from error
    with found.database.tenant(viewer.principal.tenant_id) as c:
        change_limits(c, viewer.principal, sponsor, entry)
    return RedirectResponse(f"/saturation?sponsor={sponsor}#advice", 303)


def _limits(form: Form) -> list[BudgetLimitEntry]:
    filled: dict[UUID, dict[str, Decimal]] = {}
    for name, value in form.items():
        end, _, show = name.partition("-")
        if value and end in ("least", "most"):
            filled.setdefault(UUID(show), {})[end] = Decimal(value)
    return [BudgetLimitEntry(show_id=show, least=ends.get("least"), most=ends.get("most")) for show, ends in filled.items()]
