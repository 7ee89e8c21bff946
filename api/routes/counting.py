"""How far counts can be trusted: reconciliation, anomalies and decisions, lists, recounts, and the method statement."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.auth.dependencies import ServicesDep, TenantReaderDep, WriterDep
from api.campaigns.counting import Decision, DecisionEntry, RecountEntry, ask_recount, decide
from api.errors import Problem, not_found
from api.marts.anomalies import anomalies
from api.marts.lists import lists, method, recounts
from api.marts.models.quality import Anomalies, AnomalyKind, Lists, Method, Reconciliation, RecountRow
from api.marts.reconciliation import reconciliation
from api.routes.answers import Page, PageDep, read_marts

router = APIRouter(prefix="/v1", tags=["counting"])
FirstDay = Annotated[date | None, Query(description="The first day.")]
LastDay = Annotated[date | None, Query(description="The last day, included.")]


class Recounts(Page):
    """The account's recounts, newest first."""

    items: list[RecountRow]


class AskedRecount(BaseModel):
    """A recount that was recorded; the next build does it."""

    recount_id: UUID


@router.get(
    "/reconciliation", operation_id="counting_reconciliation", summary="Reconcile a show's counts", response_model=Reconciliation
)
def get_reconciliation(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    show_id: Annotated[UUID, Query(description="One of GET /v1/shows.")],
    first_day: FirstDay = None,
    last_day: LastDay = None,
    source: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="Only this second source.")] = None,
) -> Any:
    """One pair of sources each: both counts, the gap, the verdict at 5 % and the measured causes, by day and by episode."""
    _in_order(first_day, last_day)
    return read_marts(
        request,
        response,
        found,
        principal,
        lambda c: reconciliation(c, show_id, first_day=first_day, last_day=last_day, source=source),
    )


@router.get("/anomalies", operation_id="counting_anomalies", summary="List anomalies", response_model=Anomalies)
def get_anomalies(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    page: PageDep,
    show_id: Annotated[UUID | None, Query(description="Only this show.")] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    kind: Annotated[AnomalyKind | None, Query(description="Only this kind.")] = None,
) -> Any:
    """One row per show, UTC day and kind: what was seen, what was expected and why; in the counts unless a decision excludes it."""
    _in_order(first_day, last_day)
    return read_marts(
        request,
        response,
        found,
        principal,
        lambda c: anomalies(c, show_id=show_id, first_day=first_day, last_day=last_day, kind=kind, page=page.window),
        page=page,
    )


@router.post(
    "/anomalies/decisions", operation_id="counting_decide", summary="Decide on an anomaly", status_code=201, response_model=Decision
)
def post_decision(entry: DecisionEntry, principal: WriterDep, found: ServicesDep) -> Decision:
    """One decision, recorded with who, when and why: the next build applies it, and `include` takes an `exclude` back."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        shown = anomalies(c, show_id=entry.show_id, day=entry.day, kind=entry.kind).items
    if not shown:
        raise not_found("anomaly", f"{entry.kind} of show {entry.show_id} on {entry.day}")
    with found.database.tenant(principal.tenant_id) as writer:
        return decide(writer, principal, entry, shown[0])


@router.get("/lists", operation_id="counting_lists", summary="Read the lists that judge")
def get_lists(principal: TenantReaderDep, found: ServicesDep) -> Lists:
    """One row per version of the lists of agents and address ranges, with its documents; and the state of every publisher."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        return lists(c)


@router.get("/recounts", operation_id="counting_recounts", summary="List recounts")
def get_recounts(principal: TenantReaderDep, found: ServicesDep, page: PageDep) -> Recounts:
    """One row per recount: days judged again by a version of a list, who asked for it, and the counts before and after."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        return Recounts(**page.show(recounts(c, page.window)))


@router.post("/recounts", operation_id="counting_recount", summary="Ask for a recount", status_code=202)
def post_recount(entry: RecountEntry, principal: WriterDep, found: ServicesDep) -> AskedRecount:
    """One recount: the next build judges the days again by the version named, and records what it changed."""
    with found.database.tenant(principal.tenant_id) as c:
        return AskedRecount(recount_id=ask_recount(c, principal, entry))


@router.get("/method", operation_id="counting_method", summary="Read the method statement")
def get_method(principal: TenantReaderDep, found: ServicesDep) -> Method:
    """One statement: the rules in order with their settings, the windows, the thresholds, and the versions of the lists."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        stated = method(c)
    if stated is None:
        raise Problem("not-found", "found no method statement, expected that of a published build: publish one")
    return stated


def _in_order(first_day: date | None, last_day: date | None) -> None:
    if first_day and last_day and last_day < first_day:
        raise Problem("invalid", f"found last_day {last_day} before first_day {first_day}, expected the same day or a later one")
