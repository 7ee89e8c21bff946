"""Reads ops.collection_alerts: faults of a site's collection, from the first bad hour to the last."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.keyset import Order, Slice, Window
from api.marts.models import Shape
from api.marts.warehouse import Reader

FIRST = Window(limit=100)
ALERTS = """
select
    a.alert_id, a.site_id, s.name as site_name, a.kind, a.first_hour_at, a.last_hour_at, a.worst_value, a.threshold, a.opened_at,
    a.closed_at, a.closed_at is null as is_open
from ops.collection_alerts as a
inner join app.sites as s on s.tenant_id = a.tenant_id and s.site_id = a.site_id
where (a.closed_at is null or not %(only_open)s) and (%(site_id)s::uuid is null or a.site_id = %(site_id)s)
"""
# Those that last first, then the newest.
ORDER = Order("is_open boolean desc", "opened_at timestamptz desc", "alert_id uuid desc")


class CollectionAlert(Shape):
    """One fault of one site's collection: opened once, followed while it lasts, closed when a later whole hour is well."""

    alert_id: UUID
    site_id: UUID
    site_name: str
    kind: Literal["loss", "delay"]
    first_hour_at: datetime
    last_hour_at: datetime = Field(description="The last UTC hour so far that was bad.")
    worst_value: float = Field(
        description="Of the worst hour: for `loss` a share of 1, for `delay` the 95th percentile in seconds."
    )
    threshold: float = Field(description="What an hour may have, in the same unit.")
    opened_at: datetime
    closed_at: datetime | None = Field(description="null: it lasts.")


def collection_alerts(
    c: Reader, *, only_open: bool = False, site_id: UUID | None = None, window: Window = FIRST
) -> Slice[CollectionAlert]:
    """Those that last first, then the newest."""
    found = ORDER.read(c, ALERTS, {"only_open": only_open, "site_id": site_id}, window)
    return found.map(lambda row: CollectionAlert(**CollectionAlert.fields_of(row)))
