"""The platform's health for those who run it, and what the dashboard's pages say of their own loading."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.auth.dependencies import require_csrf
from api.dashboard.access import OperatorViewerDep, ServicesDep, ViewerDep
from api.dashboard.page_loads import Allowance, page_of, read_load
from api.dashboard.pictures import monitoring as pictures
from api.dashboard.rendering import page
from api.monitoring.reading import as_operator, by_time, platform_health, served

router = APIRouter()
SPANS = ((15, "Last 15 minutes"), (60, "Last hour"), (24 * 60, "Last day"), (7 * 24 * 60, "Last 7 days"))
MOST_MINUTES = SPANS[-1][0]
USAGE_MINUTES = 30 * 24 * 60
SHOWN = 12
allowance = Allowance()


@router.get("/monitoring")
def monitoring_page(
    viewer: OperatorViewerDep, found: ServicesDep, minutes: Annotated[int, Query(ge=1, le=MOST_MINUTES)] = 60
) -> HTMLResponse:
    """The whole platform over the last minutes."""
    health = platform_health(found.database, minutes)
    with as_operator(found.database) as c:
        times, usage = by_time(c, minutes), served(c, "loads", USAGE_MINUTES)
    return page(
        "monitoring.html", viewer, "monitoring", health=health, minutes=minutes, spans=SPANS, tiles_=pictures.tiles(health),
        open_alerts=[pictures.alert_line(alert) for alert in health.alerts if alert.closed_at is None],
        closed_alerts=[pictures.alert_line(alert) for alert in health.alerts if alert.closed_at is not None],
        latency=pictures.latency(times, minutes), errors=pictures.errors(times, minutes),
        routes=health.api.by_name[:SHOWN], pages=pictures.page_rows(health, usage)[:2 * SHOWN],
        processes=pictures.process_rows(health), sources=pictures.source_rows(health), queues=pictures.queue_rows(health),
    )  # fmt: skip


@router.post("/monitoring/loads")
async def take_load(request: Request, viewer: ViewerDep, found: ServicesDep) -> Response:
    """One page load, counted under its route's template; of a session that says too many the rest is passed over."""
    said = await read_load(request)
    require_csrf(found, viewer.principal, said.csrf_token)
    name = page_of(request, said.path)
    if name is not None and allowance.take(viewer.principal.session_id):
        found.metrics.loaded(name, said.ms / 1000)
    return Response(status_code=204)
