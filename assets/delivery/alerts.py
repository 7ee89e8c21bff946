"""Alerts of collection (domain rules, section 9): a fault of a site is opened once, followed while it lasts, and closed by itself.

A fault is an hour with a loss of 5 % or more, or with a 95th percentile of the delay over 5 s, as marts.collection_quality flags
them. A handful of events is no measurement: an hour speaks with 20 or more. Hours that are long over open nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from assets.lib.warehouse import connect

FEWEST_EVENTS = 20
LOOK_BACK_HOURS = 48
# A site that sends nothing more cannot show that it is well again.
SILENT_HOURS = 24
# Those by which marts.collection_quality flags an hour; tests/unit/delivery/test_alert_limits.py holds them equal.
LIMITS = {"loss": 0.05, "delay": 5.0}


@dataclass(frozen=True)
class Alert:
    """One fault of one site. `worst_value`: a share of 1 for `loss`, seconds for `delay`."""

    alert_id: UUID
    tenant_id: int
    site_id: UUID
    kind: str
    first_hour_at: datetime
    last_hour_at: datetime
    worst_value: float
    threshold: float

    @property
    def said(self) -> str:
        """What is wrong, in a few words."""
        if self.kind == "loss":
            return f"{self.worst_value:.1%} of the numbered events of an hour never arrived (limit {self.threshold:.0%})"
        return f"95 % of the events of an hour arrived within {self.worst_value:.1f} s, not within {self.threshold:.0f} s"


@dataclass(frozen=True)
class Refreshed:
    """What one look came to: alerts opened and closed by it, and all that are open now."""

    opened: Sequence[Alert]
    closed: int
    open: Sequence[Alert]


def refresh_alerts(url: str, run_id: str, *, is_mail_wanted: bool) -> Refreshed:
    """Open, follow and close alerts by the published marts; safe to run again and beside itself. With `is_mail_wanted` each alert
    that opens is put into ops.alert_mails for every owner of its tenant."""
    with connect(url, "transform") as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('collection alerts', 0))")
        if connection.execute("select to_regclass('marts.collection_quality')").fetchone() == (None,):
            return Refreshed((), 0, ())
        known = {
            "fewest": FEWEST_EVENTS, "look_back": LOOK_BACK_HOURS, "silent": SILENT_HOURS, "run_id": run_id,
            "loss_limit": LIMITS["loss"], "delay_limit": LIMITS["delay"],
        }  # fmt: skip
        connection.execute(FOLLOW, known)
        closed = connection.execute(CLOSE, known).rowcount
        opened = _alerts(connection, OPEN, known)
        if is_mail_wanted and opened:
            connection.execute(QUEUE, {"alert_ids": [alert.alert_id for alert in opened]})
        return Refreshed(opened, closed, _alerts(connection, ALL_OPEN, {}))


def _alerts(connection: psycopg.Connection[Any], query: str, values: dict[str, Any]) -> list[Alert]:
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        return cursor.execute(query, values).fetchall()


COLUMNS = "alert_id, tenant_id, site_id, kind, first_hour_at, last_hour_at, worst_value, threshold"
# One row per site, hour and kind that was measured, with whether it is over and whether it was bad.
JUDGED = """
with

judged as materialized (
    select
        q.tenant_id, q.site_id, k.kind, q.hour_at, k.value, k.threshold, k.is_bad,
        q.hour_at + interval '1 hour' <= now() as is_over
    from marts.collection_quality as q
    cross join lateral (
        values
        ('loss', q.loss_rate, %(loss_limit)s::double precision, q.is_loss_alert, q.numbered_count),
        ('delay', q.delay_p95_s, %(delay_limit)s::double precision, q.is_delay_alert, q.accepted_count - q.historical_count)
    ) as k (kind, value, threshold, is_bad, event_count)
    where
        q.hour_at > now() - %(look_back)s * interval '1 hour'
        and k.value is not null and k.event_count >= %(fewest)s
)
"""
FOLLOW = f"""{JUDGED}
update ops.collection_alerts as a
set last_hour_at = greatest(a.last_hour_at, b.last_hour_at), worst_value = greatest(a.worst_value, b.worst_value)
from (
    select j.tenant_id, j.site_id, j.kind, max(j.hour_at) as last_hour_at, max(j.value) as worst_value
    from judged as j
    inner join ops.collection_alerts as o
        on o.tenant_id = j.tenant_id and o.site_id = j.site_id and o.kind = j.kind and o.closed_at is null
    where j.is_bad and j.hour_at >= o.first_hour_at
    group by j.tenant_id, j.site_id, j.kind
) as b
where a.closed_at is null and a.tenant_id = b.tenant_id and a.site_id = b.site_id and a.kind = b.kind
"""  # noqa: S608
# Well again: a later whole hour was good, the bad hour itself was restated, or nothing was measured for a day.
CLOSE = f"""{JUDGED}
update ops.collection_alerts as a
set closed_at = now()
where
    a.closed_at is null
    and (
        exists (
            select 1 from judged as j
            where
                j.tenant_id = a.tenant_id and j.site_id = a.site_id and j.kind = a.kind and not j.is_bad
                and (j.hour_at = a.last_hour_at or (j.hour_at > a.last_hour_at and j.is_over))
        )
        or a.last_hour_at + (1 + %(silent)s) * interval '1 hour' < now()
    )
"""  # noqa: S608
# From the first bad hour since the last good whole one, or since the alert before; a running hour may open, and does not close.
OPEN = f"""{JUDGED},

since as (
    select
        j.tenant_id, j.site_id, j.kind,
        greatest(
            max(j.hour_at) filter (where not j.is_bad and j.is_over),
            (
                select max(a.last_hour_at) from ops.collection_alerts as a
                where a.tenant_id = j.tenant_id and a.site_id = j.site_id and a.kind = j.kind
            ),
            now() - %(silent)s * interval '1 hour'
        ) as well_at
    from judged as j
    group by j.tenant_id, j.site_id, j.kind
),

faults as (
    select
        j.tenant_id, j.site_id, j.kind, min(j.hour_at) as first_hour_at, max(j.hour_at) as last_hour_at,
        max(j.value) as worst_value, max(j.threshold) as threshold
    from judged as j
    inner join since as s using (tenant_id, site_id, kind)
    where j.is_bad and j.hour_at > s.well_at
    group by j.tenant_id, j.site_id, j.kind
)

insert into ops.collection_alerts
(tenant_id, site_id, kind, first_hour_at, last_hour_at, worst_value, threshold, run_id)
select f.tenant_id, f.site_id, f.kind, f.first_hour_at, f.last_hour_at, f.worst_value, f.threshold, %(run_id)s
from faults as f
on conflict (tenant_id, site_id, kind) where closed_at is null do nothing
returning {COLUMNS}
"""  # noqa: S608
ALL_OPEN = f"select {COLUMNS} from ops.collection_alerts where closed_at is null order by tenant_id, site_id, kind"  # noqa: S608
QUEUE = """
insert into ops.alert_mails (alert_id, tenant_id, recipient)
select a.alert_id, a.tenant_id, u.email
from ops.collection_alerts as a
inner join app.users as u on u.tenant_id = a.tenant_id and u.role = 'owner' and u.removed_at is null
where a.alert_id = any(%(alert_ids)s)
on conflict do nothing
"""
