"""Fraud: scores with their reasons, decisions of people on them, and from which score on conversions stand apart."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import OwnerDep, ServicesDep, TenantReaderDep, WriterDep
from api.campaigns.fraud import (
    FraudDecision,
    FraudDecisionEntry,
    FraudSettings,
    FraudSettingsEntry,
    change_settings,
    decide,
    get_decision,
    get_settings,
    list_decisions,
    withdraw,
)
from api.campaigns.paging import read_score_cursor, write_cursor
from api.marts.fraud import LEAST, fraud_overview, scored_conversion, scored_conversions
from api.marts.models.fraud import FraudConversion, FraudOverview
from api.marts.warehouse import Reader
from api.routes.answers import LARGEST_PAGE, Page, PageDep, link_next, read_marts

router = APIRouter(prefix="/v1", tags=["fraud"])


class FraudConversions(Page):
    """Conversions by their score, the highest first."""

    items: list[FraudConversion]


class FraudDecisionPage(Page):
    """Decisions, newest first."""

    items: list[FraudDecision]


@router.get("/fraud", operation_id="fraud_overview", summary="Read the fraud scores as a whole", response_model=FraudOverview)
def get_fraud(principal: TenantReaderDep, found: ServicesDep, request: Request, response: Response) -> Any:
    """One row per tenth of the score with its conversions; and what stands apart, with count and amount by currency."""
    return read_marts(request, response, found, principal, fraud_overview)


@router.get(
    "/fraud-scores", operation_id="fraud_scores", summary="List conversions by fraud score", response_model=FraudConversions
)
def get_scores(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    least_score: Annotated[float, Query(ge=0, le=1, description="At least this score.")] = LEAST,
    is_fraud: Annotated[bool | None, Query(description="Only those that stand apart, or only those that do not.")] = None,
    sponsor_id: Annotated[UUID | None, Query(description="Only this sponsor's.")] = None,
    after: Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items a page.")] = 50,
) -> Any:
    """One row per conversion, the highest score first, with every reason that fired: its measured value and its threshold."""
    behind = read_score_cursor(after)

    def read(c: Reader) -> FraudConversions:
        items = scored_conversions(c, least=least_score, is_fraud=is_fraud, sponsor_id=sponsor_id, after=behind, limit=limit)
        last = items[-1] if len(items) == limit else None
        cursor = link_next(request, response, write_cursor(last.score or 0, last.conversion_id), limit) if last else None
        return FraudConversions(items=items, next_cursor=cursor)

    return read_marts(request, response, found, principal, read)


@router.get("/fraud-decisions", operation_id="fraud_decisions_list", summary="List fraud decisions")
def get_decisions(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    request: Request,
    response: Response,
    with_withdrawn: Annotated[bool, Query(description="Those that were taken back too.")] = True,
) -> FraudDecisionPage:
    """One row per decision with who, when and why, newest first; one that was taken back says when and by whom."""
    with found.database.tenant(principal.tenant_id) as c:
        items = list_decisions(c, page.after, page.limit, with_withdrawn=with_withdrawn)
    return FraudDecisionPage(items=items, next_cursor=page.cut(request, response, items, "decision_id"))


@router.post("/fraud-decisions", status_code=201, operation_id="fraud_decisions_create", summary="Decide on fraud")
def post_decision(entry: FraudDecisionEntry, principal: WriterDep, found: ServicesDep, response: Response) -> FraudDecision:
    """One decision, recorded: the live figures follow at once, the next build re-labels history, and nothing is deleted."""
    seen = None
    if entry.conversion_id is not None:
        with found.warehouse.tenant(principal.tenant_id) as reader:
            seen = scored_conversion(reader, entry.conversion_id)
    with found.database.tenant(principal.tenant_id) as c:
        made = decide(c, principal, entry, seen)
    response.headers["Location"] = f"/v1/fraud-decisions/{made.decision_id}"
    return made


@router.get("/fraud-decisions/{decision_id}", operation_id="fraud_decisions_read", summary="Read a fraud decision")
def get_one(decision_id: UUID, principal: TenantReaderDep, found: ServicesDep) -> FraudDecision:
    """One decision as it stands."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_decision(c, decision_id)


@router.delete(
    "/fraud-decisions/{decision_id}", status_code=204, operation_id="fraud_decisions_withdraw", summary="Take a fraud decision back"
)
def delete_decision(decision_id: UUID, principal: WriterDep, found: ServicesDep) -> None:
    """One decision that rules no more from now on; its row stays, with who took it back and when. Twice changes nothing."""
    with found.database.tenant(principal.tenant_id) as c:
        withdraw(c, principal, decision_id)


@router.get("/fraud-settings", operation_id="fraud_settings_read", summary="Read the fraud settings")
def get_fraud_settings(principal: TenantReaderDep, found: ServicesDep) -> FraudSettings:
    """One row: from which score on conversions stand apart without a decision; null: never."""
    with found.database.tenant(principal.tenant_id) as c:
        return get_settings(c)


@router.put("/fraud-settings", operation_id="fraud_settings_change", summary="Change the fraud settings")
def put_fraud_settings(entry: FraudSettingsEntry, principal: OwnerDep, found: ServicesDep) -> FraudSettings:
    """One threshold, for all of history from the next build on; a decision of a person stands before it."""
    with found.database.tenant(principal.tenant_id) as c:
        return change_settings(c, principal, entry)
