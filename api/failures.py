"""What a person could not do in the core loop, as a product event: where people fail, and how often the fault is ours."""

from collections.abc import Mapping
from threading import Lock
from time import monotonic
from uuid import UUID

import structlog
from fastapi import Request

from api.auth.principals import Principal
from api.campaigns.events import record_event
from api.database import ACTING, DatabaseUnavailableError
from api.errors import Problem
from api.services import services

# (method, route) of what the loop is made of: create and change a campaign, look at it, request and take a report.
EVENTS: Mapping[tuple[str, str], str] = {
    ("POST", "/v1/campaigns"): "campaign.create_failed",
    ("POST", "/campaigns/new"): "campaign.create_failed",
    ("PATCH", "/v1/campaigns/{campaign_id}"): "campaign.change_failed",
    ("GET", "/v1/campaigns/{campaign_id}/analytics"): "analytics.view_failed",
    ("GET", "/campaigns/{campaign_id}"): "analytics.view_failed",
    ("POST", "/v1/reports"): "report.request_failed",
    ("POST", "/campaigns/{campaign_id}/reports"): "report.request_failed",
    ("GET", "/v1/reports/{report_id}/files/{file_format}"): "report.download_failed",
    ("GET", "/campaigns/{campaign_id}/reports/{report_id}/{file_format}"): "report.download_failed",
}
# Who may not do a thing, or looks for what is not there, or comes too often, has not failed at it.
OTHERS = frozenset({"unauthenticated", "forbidden", "csrf", "not-found", "method-not-allowed", "too-many-requests"})
INTERVAL_S = 60.0
LARGEST_MEMORY = 10_000
# A client that tries the same again and again writes once a minute.
_seen: dict[tuple[int, UUID, str, str], float] = {}
_lock = Lock()


def record_failure(request: Request, problem: Problem) -> None:
    """One event for a failed action of a known person, with its code; never a reason for another failure."""
    principal: Principal | None = getattr(request.state, "principal", None)
    name = EVENTS.get((request.method, getattr(request.scope.get("route"), "path", "")))
    if principal is None or name is None or problem.kind in OTHERS or not _is_due(principal, name, problem.kind):
        return
    acting = ACTING.get()
    if acting is not None:
        # The note of a failure is not the change that was asked for.
        acting.claim = None
    try:
        with services(request).database.tenant(principal.tenant_id) as c:
            record_event(c, principal, name, _campaign(request), code=problem.kind, status=problem.status)
    except DatabaseUnavailableError:
        structlog.get_logger().warning("failure_not_recorded", event_name=name, code=problem.kind)


def _campaign(request: Request) -> UUID | None:
    try:
        return UUID(str(request.path_params.get("campaign_id")))
    except ValueError:
        return None


def _is_due(who: Principal, name: str, code: str) -> bool:
    key, now = (who.tenant_id, who.actor_id, name, code), monotonic()
    with _lock:
        if now - _seen.get(key, -INTERVAL_S) < INTERVAL_S:
            return False
        if len(_seen) >= LARGEST_MEMORY:
            _seen.clear()
        _seen[key] = now
    return True
