"""How well the sites' events are collected."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.auth.dependencies import ServicesDep, TenantReaderDep
from api.marts.alerts import CollectionAlert, collection_alerts
from api.marts.collection import collection
from api.marts.models.collection import Collection
from api.routes.answers import Page, PageDep, read_marts

router = APIRouter(prefix="/v1/collection", tags=["collection"])
DEFAULT_DAYS = 7
MOST_DAYS = 92


class CollectionAlerts(Page):
    """One row per fault of a site: those that last first, then the newest."""

    items: list[CollectionAlert]


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


@router.get("/alerts", operation_id="collection_list_alerts", summary="List the alerts of collection")
def get_collection_alerts(
    principal: TenantReaderDep,
    found: ServicesDep,
    page: PageDep,
    is_open: Annotated[bool, Query(description="Only those that last.")] = False,
    site_id: Annotated[UUID | None, Query(description="Of one site.")] = None,
) -> CollectionAlerts:
    """One row per fault of a site's collection: a loss of 5 % or more, or a 95th percentile of the delay over 5 s, in an hour of 20
    events or more. Opened once however long it lasts, and closed when a later whole hour is well."""
    with found.warehouse.tenant(principal.tenant_id) as c:
        return CollectionAlerts(**page.show(collection_alerts(c, only_open=is_open, site_id=site_id, window=page.window)))
