"""That somebody looked at a campaign: one event per person, campaign and hour, and never a reason for an answer to fail."""

from threading import Lock
from time import monotonic
from uuid import UUID

import structlog

from api.auth.principals import Principal
from api.campaigns.events import record_once
from api.database import AppDatabase, DatabaseUnavailableError

HOUR_S = 3600.0
LARGEST_MEMORY = 10_000
# What this process wrote within the hour: a page that asks every few seconds costs no write.
_seen: dict[tuple[int, UUID, UUID], float] = {}
_lock = Lock()


def record_view(database: AppDatabase, who: Principal, campaign_id: UUID) -> None:
    """`analytics.viewed`, unless this person's view of the campaign was written within the hour."""
    key, now = (who.tenant_id, who.actor_id, campaign_id), monotonic()
    with _lock:
        if now - _seen.get(key, -HOUR_S) < HOUR_S:
            return
        if len(_seen) >= LARGEST_MEMORY:
            _seen.clear()
        _seen[key] = now
    try:
        with database.tenant(who.tenant_id) as c:
            record_once(c, who, "analytics.viewed", campaign_id)
    except DatabaseUnavailableError:
        with _lock:
            _seen.pop(key, None)
        structlog.get_logger().warning("view_not_recorded", campaign_id=str(campaign_id))
