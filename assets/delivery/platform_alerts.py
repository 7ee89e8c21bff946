"""Alerts about the platform itself: what a rule measures above its limit is opened once, followed while it lasts, and closed.

What is measured stands in ops.platform_readings(), and every limit in ops.alert_rules: here is what becomes of a reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from assets.lib.warehouse import connect

# Minutes of the last day are kept as they are, older ones by the hour, and what a month has passed over goes.
KEPT = "31 days"
READ = "create temporary table readings on commit drop as select * from ops.platform_readings()"
SAME = "a.closed_at is null and a.rule = r.rule and a.subject = r.subject and a.tenant_id is not distinct from r.tenant_id"
FOLLOW = f"""
update ops.platform_alerts as a
set value = r.value, worst_value = greatest(a.worst_value, r.value), detail = r.detail, bad_at = now()
from readings as r
where {SAME} and r.value > r.threshold
"""  # noqa: S608 - constants of this file
CLOSE = f"""
update ops.platform_alerts as a
set closed_at = now()
where
    a.closed_at is null
    and not exists (select 1 from readings as r where {SAME} and r.value > r.threshold)
    and a.bad_at <= now() - (
        select max(l.calm_s) from ops.alert_rules as l where l.rule = a.rule
    ) * interval '1 second'
"""  # noqa: S608
COLUMNS = "alert_id, rule, subject, tenant_id, value, worst_value, threshold, detail"
OPEN = f"""
insert into ops.platform_alerts (rule, subject, tenant_id, value, worst_value, threshold, detail)
select r.rule, r.subject, r.tenant_id, r.value, r.value, r.threshold, r.detail
from readings as r
where r.value > r.threshold
on conflict (rule, subject, coalesce(tenant_id, 0)) where closed_at is null do nothing
returning {COLUMNS}
"""  # noqa: S608
ALL_OPEN = f"select {COLUMNS} from ops.platform_alerts where closed_at is null order by rule, tenant_id, subject"  # noqa: S608
# Who runs the platform, and for what is an account's own the owners of it.
QUEUE = """
insert into ops.platform_alert_mails (alert_id, recipient)
select a.alert_id, o.email
from ops.platform_alerts as a
cross join ops.operators as o
where a.alert_id = any(%(alert_ids)s)
union
select a.alert_id, u.email
from ops.platform_alerts as a
inner join app.users as u on u.tenant_id = a.tenant_id and u.role = 'owner' and u.removed_at is null
where
    a.alert_id = any(%(alert_ids)s)
    and exists (select 1 from ops.alert_rules as l where l.rule = a.rule and l.subject in (a.subject, '') and l.tells_owners)
on conflict do nothing
"""
# Whether a look would open or close something, and whether a mail waits.
IS_DUE = f"""
select
    exists (
        select 1 from ops.platform_readings() as r
        where r.value > r.threshold and not exists (select 1 from ops.platform_alerts as a where {SAME})
    )
    or exists (
        select 1 from ops.platform_alerts as a
        where
            a.closed_at is null
            and not exists (select 1 from ops.platform_readings() as r where {SAME} and r.value > r.threshold)
            and a.bad_at <= now() - (
                select max(l.calm_s) from ops.alert_rules as l where l.rule = a.rule
            ) * interval '1 second'
    ) as is_changed,
    exists (select 1 from ops.platform_alert_mails as m where m.status = 'pending') as is_mail_waiting
"""  # noqa: S608
# A rule's readings go on above the limit without a run: the time of the last is kept by whoever looks.
STILL_BAD = f"""
update ops.platform_alerts as a set bad_at = now(), value = r.value, worst_value = greatest(a.worst_value, r.value)
from ops.platform_readings() as r
where {SAME} and r.value > r.threshold
"""  # noqa: S608
TO_HOURS = """
with old as (
    delete from ops.served_minutes
    where minute_at < date_trunc('hour', now() - interval '1 day') and minute_at <> date_trunc('hour', minute_at)
    returning *
)

insert into ops.served_minutes as s (minute_at, kind, name, outcome, bucket, request_count)
select date_trunc('hour', o.minute_at), o.kind, o.name, o.outcome, o.bucket, sum(o.request_count)
from old as o
group by 1, 2, 3, 4, 5
on conflict (kind, minute_at, name, outcome, bucket) do update set request_count = s.request_count + excluded.request_count
"""


@dataclass(frozen=True)
class PlatformAlert:
    """One rule and subject above its limit; values in the rule's unit."""

    alert_id: UUID
    rule: str
    subject: str
    tenant_id: int | None
    value: float
    worst_value: float
    threshold: float
    detail: str

    @property
    def said(self) -> str:
        """One line; ids only, since names are data."""
        whose = f" of tenant {self.tenant_id}" if self.tenant_id is not None else ""
        return f"{self.subject}{whose}: {self.value:.6g}, limit {self.threshold:.6g}; {self.detail}"


@dataclass(frozen=True)
class Looked:
    """What one look came to: opened and closed by it, and all that last."""

    opened: Sequence[PlatformAlert]
    closed: int
    open: Sequence[PlatformAlert]


def refresh_platform_alerts(url: str, *, is_mail_wanted: bool) -> Looked:
    """Open, follow and close by what is measured now; safe to run again and beside itself. With `is_mail_wanted` each that opens
    is put into ops.platform_alert_mails."""
    with connect(url, "transform") as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('platform alerts', 0))")
        connection.execute(READ)
        connection.execute(FOLLOW)
        closed = connection.execute(CLOSE).rowcount
        opened = _alerts(connection, OPEN)
        if is_mail_wanted and opened:
            connection.execute(QUEUE, {"alert_ids": [alert.alert_id for alert in opened]})
        connection.execute(TO_HOURS)
        connection.execute("delete from ops.served_minutes where minute_at < now() - %s::interval", [KEPT])
        return Looked(opened, closed, _alerts(connection, ALL_OPEN))


def is_look_due(url: str, scheduler_id: UUID) -> tuple[bool, bool]:
    """Whether a run would open or close something, and whether a mail waits. The scheduler asks, and so it lives."""
    with connect(url, "transform") as connection:
        connection.execute(
            "insert into ops.processes (process_id, kind) values (%s, 'scheduler') "
            "on conflict (process_id) do update set seen_at = now()",
            [scheduler_id],
        )
        connection.execute(STILL_BAD)
        row = connection.execute(IS_DUE).fetchone()
    return (bool(row[0]), bool(row[1])) if row else (False, False)


def _alerts(connection: psycopg.Connection[Any], query: str, values: dict[str, Any] | None = None) -> list[PlatformAlert]:
    with connection.cursor(row_factory=class_row(PlatformAlert)) as cursor:
        return cursor.execute(query, values).fetchall()
