"""The log of what sites sent: every accepted event as it will be read, newest first, within a second of its arrival."""

from datetime import datetime
from uuid import UUID

from api.campaigns.arrivals import Arrival, read_arrival
from api.database import Writer
from api.marts.keyset import Order, Slice, Window

EVENTS = """
select
    e.event_id, e.site_id, e.received_at, e.message_id, e.kind, e.event_name, e.context, e.properties, e.client_at, e.sent_at,
    e.has_consent, e.household_hash is not null as has_household
from raw.collector_events as e
where
    e.tenant_id = ops.current_tenant_id()
    and (%(site_id)s::uuid is null or e.site_id = %(site_id)s)
    and (%(event_name)s::text is null or lower(e.event_name) = lower(%(event_name)s))
    and (%(message_id)s::text is null or e.message_id = %(message_id)s)
    and (%(first_at)s::timestamptz is null or e.received_at >= %(first_at)s)
    and (%(last_at)s::timestamptz is null or e.received_at <= %(last_at)s)
"""
NEWEST = Order("received_at timestamptz desc", "event_id bigint desc")


class LoggedEvent(Arrival):
    """One event of a site. No address, cookie or user id is told."""

    event_id: int
    site_id: UUID


def list_events(
    c: Writer, page: Window, *, site_id: UUID | None = None, event_name: str | None = None, message_id: str | None = None,
    first_at: datetime | None = None, last_at: datetime | None = None,
) -> Slice[LoggedEvent]:  # fmt: skip
    """A page of the account's events, newest first."""
    asked = {"site_id": site_id, "event_name": event_name, "message_id": message_id, "first_at": first_at, "last_at": last_at}

    def read(row: dict[str, object]) -> LoggedEvent:
        return LoggedEvent(**read_arrival(row).model_dump(), event_id=row["event_id"], site_id=row["site_id"])

    return NEWEST.read(c, EVENTS, asked, page).map(read)
