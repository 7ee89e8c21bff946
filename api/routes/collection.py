"""How well the sites' events are collected."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import ServicesDep, TenantReaderDep
from api.marts.collection import collection
from api.marts.models.collection import Collection
from api.routes.answers import read_marts

router = APIRouter(prefix="/v1/collection", tags=["collection"])
DEFAULT_DAYS = 7
MOST_DAYS = 92


@router.get("", operation_id="collection_read", summary="Read the quality of collection", response_model=Collection)
def get_collection(
    principal: TenantReaderDep,
    found: ServicesDep,
    request: Request,
    response: Response,
    last: Annotated[date | None, Query(description="The last UTC day; without it today.")] = None,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="How many days up to it.")] = DEFAULT_DAYS,
) -> Any:
    """One row per site, and one per site and UTC hour: received = accepted + quarantined + refused, what came twice, what a page
    numbered and never arrived, and how late events were; with the alerts at 5 % of loss and 5 s of delay."""
    end = last or datetime.now(UTC).date()
    return read_marts(request, response, found, principal, lambda c: collection(c, end - timedelta(days=days - 1), end))
