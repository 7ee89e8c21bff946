"""How far counts can be trusted: reconciliation between sources, anomalies and decisions on them, and the method statement."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.dependencies import require_role
from api.auth.principals import WRITERS
from api.campaigns.counting import DecisionEntry, decide
from api.dashboard import formats
from api.dashboard.access import FormDep, FormViewerDep, NetworkViewerDep, ServicesDep
from api.dashboard.pictures.quality import CAUSE_NAMES, KIND_NAMES, VERDICT_NAMES, causes, counts_by_day, source_name
from api.dashboard.rendering import Tile, page
from api.dashboard.submissions import first_fault
from api.errors import Problem, not_found
from api.marts.anomalies import anomalies
from api.marts.builds import current_build
from api.marts.lists import lists, method, recounts
from api.marts.models.quality import CAUSES, Reconciliation, ReconciliationPair
from api.marts.reconciliation import reconciliation
from api.marts.warehouse import Reader

router = APIRouter()
SHOWS = """
select s.show_id, s.title, exists (select 1 from marts.count_reconciliation as r where r.show_id = s.show_id) as has_pairs
from app.shows as s
order by has_pairs desc, s.title, s.show_id
"""
Days = Annotated[int, Query(ge=0, le=3_660)]


@router.get("/reconciliation")
def reconciliation_page(
    viewer: NetworkViewerDep,
    found: ServicesDep,
    show: Annotated[UUID | None, Query()] = None,
    pair: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
    days: Days = 30,
) -> HTMLResponse:
    """One show and pair of sources over the last `days` days; 0: all days."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        build = current_build(c)
        shows = c.execute(SHOWS).fetchall()
        chosen = show or (shows[0]["show_id"] if shows else None)
        seen = reconciliation(c, chosen, first_day=_first_day(c, chosen, days)) if chosen else None
    picked = _picked(seen, pair)
    return page(
        "reconciliation.html", viewer, "reconciliation", build=build, shows=shows, seen=seen, picked=picked, days=days,
        key_figures=_tiles(picked) if picked else [], counts=counts_by_day(picked) if picked else None,
        causes=causes(picked) if picked else None, cause_names=CAUSE_NAMES, cause_keys=_measured(picked),
        verdict_names=VERDICT_NAMES,
        source_name=source_name,
    )  # fmt: skip


@router.get("/anomalies")
def anomalies_page(viewer: NetworkViewerDep, found: ServicesDep, days: Days = 90) -> Response:
    """The account's anomalies of the last `days` days, newest first; 0: all days."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        build = current_build(c)
        first = datetime.now(UTC).date() - timedelta(days=days) if days else None
        rows = anomalies(c, first_day=first).items
    return page("anomalies.html", viewer, "anomalies", build=build, rows=rows, days=days, kind_names=KIND_NAMES)


@router.post("/anomalies/decide")
def decide_page(viewer: FormViewerDep, found: ServicesDep, form: FormDep) -> Response:
    """A decision, recorded; the next build applies it."""
    require_role(viewer.principal, WRITERS)
    try:
        entry = DecisionEntry.model_validate({name: form[name] for name in DecisionEntry.model_fields if form.get(name)})
    except ValidationError as error:
        raise Problem("invalid", f"found a decision that cannot be: {first_fault(error)}: enter a reason") from error
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        shown = anomalies(c, show_id=entry.show_id, day=entry.day, kind=entry.kind).items
    if not shown:
        raise not_found("anomaly", f"{entry.kind} on {entry.day}")
    with found.database.tenant(viewer.principal.tenant_id) as writer:
        decide(writer, viewer.principal, entry, shown[0])
    return RedirectResponse("/anomalies", 303)


@router.get("/method")
def method_page(viewer: NetworkViewerDep, found: ServicesDep) -> HTMLResponse:
    """The method statement of the newest build, the lists with their sources, and the recounts so far."""
    with found.warehouse.tenant(viewer.principal.tenant_id) as c:
        build, stated, known, asked = current_build(c), method(c), lists(c), recounts(c).items
    return page("method.html", viewer, "method", build=build, stated=stated, lists=known, recounts=asked)


def _first_day(c: Reader, show_id: UUID, days: int) -> date | None:
    """The first of the last `days` days that both sources have; None: all."""
    row = c.execute("select max(day) as day from marts.count_reconciliation where show_id = %s", [show_id]).fetchone()
    return row["day"] - timedelta(days=days - 1) if days and row and row["day"] else None


def _picked(seen: Reconciliation | None, named: str | None) -> ReconciliationPair | None:
    pairs = seen.pairs if seen else []
    return next((pair for pair in pairs if f"{pair.source_a}|{pair.source_b}" == named), pairs[0] if pairs else None)


def _measured(pair: ReconciliationPair | None) -> list[str]:
    """The causes that can be measured between the two: a column for each."""
    return [cause for cause in CAUSES if pair is not None and getattr(pair.causes, cause) is not None]


def _tiles(pair: ReconciliationPair) -> list[Tile]:
    rules = [
        {"first_touch": "24 h from the first request", "calendar": "calendar days", "last_touch": "24 h from the last request"}.get(
            pair.host_window or "", ""
        ),
        "" if pair.host_has_threshold is not False else "no minute of audio",
        "" if pair.host_filters_bots is not False else "bots counted",
    ]
    return [
        Tile(source_name(pair.source_a), formats.compact(pair.count_a), "downloads", exact=formats.number(pair.count_a)),
        Tile(source_name(pair.source_b), formats.compact(pair.count_b), "downloads", exact=formats.number(pair.count_b)),
        Tile("Gap", f"{pair.gap:+,}", f"{formats.rate(pair.gap_rate)} of the larger; 5 % is allowed"),
        Tile("Verdict", VERDICT_NAMES[pair.verdict], f"Nearest rules: {', '.join(filter(None, rules))}" if any(rules) else ""),
    ]
