"""Reads the platform's health as the role hostread_operator, which sees schema ops over all accounts and nothing of their data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.database import AppDatabase, Row, Writer
from api.monitoring.models import Builds, Freshness, PlatformAlert, PlatformHealth, Process, Queue, Served, ServedKind

SERVED = "select * from ops.served_since(%s, now() - %s * interval '1 minute') order by name <> '', p95_ms desc, name"
FRESHNESS = "select * from ops.source_freshness() order by age_s / limit_s desc, source, tenant_id"
QUEUES = "select * from ops.queue_depths() order by queue"
# A sensor looks every half minute, and a machine that is busy looks later.
PROCESSES = """
select
    p.process_id, p.kind, p.started_at, p.seen_at, p.figures,
    p.seen_at > now() - case p.kind when 'scheduler' then interval '5 minutes' else interval '30 seconds' end as is_alive
from ops.processes as p
order by p.kind, p.started_at, p.process_id
"""
ALERTS = """
select a.*, r.title, r.unit, r.advice
from ops.platform_alerts as a
inner join lateral (
    select l.title, l.unit, l.advice
    from ops.alert_rules as l
    where l.rule = a.rule and l.subject in (a.subject, '')
    order by l.subject desc
    limit 1
) as r on true
where a.closed_at is null or a.closed_at > now() - interval '1 day'
order by a.closed_at is null desc, a.opened_at desc, a.rule, a.subject
limit 200
"""
BUILDS = """
with attempts as (
    select b.*, row_number() over (order by coalesce(b.finished_at, b.started_at) desc) as place
    from ops.build_attempts as b
    where b.status <> 'running'
)

select
    count(*) filter (where status = 'published' and started_at > now() - interval '1 day') as published_count,
    count(*) filter (where status = 'held' and started_at > now() - interval '1 day') as held_count,
    count(*) filter (where status = 'abandoned' and started_at > now() - interval '1 day') as abandoned_count,
    coalesce((
        select a.status = 'held' from attempts as a where a.status in ('published', 'held') order by a.place limit 1
    ), false) as is_held,
    max(finished_at) filter (where status = 'published') as last_published_at,
    (
        select extract(epoch from a.finished_at - a.started_at)::float8
        from attempts as a where a.status = 'published' order by a.place limit 1
    ) as last_duration_s
from attempts
"""
# The upper end of the bucket in which the percentile lies: a picture needs no more.
BY_TIME = """
with

counted as (
    select
        date_bin(%(stretch)s * interval '1 minute', s.minute_at, 'epoch') as at, s.kind, s.bucket,
        sum(s.request_count) as n, coalesce(sum(s.request_count) filter (where s.outcome = 'failed'), 0) as failed
    from ops.served_minutes as s
    where s.minute_at >= now() - %(minutes)s * interval '1 minute'
    group by 1, s.kind, s.bucket
),

running as (
    select
        c.*, sum(c.n) over (partition by c.at, c.kind order by c.bucket) as upto,
        sum(c.n) over (partition by c.at, c.kind) as total
    from counted as c
)

select
    r.at, r.kind, max(r.total)::bigint as request_count, sum(r.failed)::bigint as failed_count,
    min(power(2, r.bucket / 4.0::float8)) filter (where r.upto >= 0.95 * r.total) as p95_ms
from running as r
group by r.at, r.kind
order by r.at, r.kind
"""
NOBODY = Served(
    name=None, request_count=0, refused_count=0, failed_count=0, error_rate=None, p50_s=None, p95_s=None, p99_s=None
)  # fmt: skip


@contextmanager
def as_operator(database: AppDatabase) -> Iterator[Writer]:
    """A transaction of the role that reads the platform and writes nothing. Raises DatabaseUnavailableError."""
    with database.transaction() as c:
        c.execute("set local role hostread_operator")
        yield c


def platform_health(database: AppDatabase, minutes: int) -> PlatformHealth:
    """All of it in one transaction; answers and loads of the last `minutes`."""
    with as_operator(database) as c:
        row = c.execute("select now() as measured_at").fetchone()
        builds = c.execute(BUILDS).fetchone()
        return PlatformHealth(
            measured_at=row["measured_at"] if row else None,
            minutes=minutes,
            api=served(c, "api", minutes),
            pages=served(c, "pages", minutes),
            page_loads=served(c, "loads", minutes),
            freshness=[Freshness(**r) for r in c.execute(FRESHNESS)],
            queues=[Queue(**r) for r in c.execute(QUEUES)],
            processes=[Process(**r) for r in c.execute(PROCESSES)],
            builds=Builds(**(builds or {})),
            alerts=[PlatformAlert(**_only(PlatformAlert, r)) for r in c.execute(ALERTS)],
        )  # fmt: skip


def served(c: Writer, kind: str, minutes: int) -> ServedKind:
    """Answers of one kind over the last minutes."""
    rows = [_served(row) for row in c.execute(SERVED, [kind, minutes]).fetchall()]
    return ServedKind(total=rows[0] if rows else NOBODY, by_name=rows[1:])


def _served(row: Row) -> Served:
    seconds = {f"p{q}_s": row[f"p{q}_ms"] / 1000 for q in (50, 95, 99)}
    counts: dict[str, Any] = {name: row[name] for name in ("request_count", "refused_count", "failed_count")}
    return Served(name=row["name"] or None, error_rate=row["failed_count"] / row["request_count"], **counts, **seconds)


def _only(shape: type[PlatformAlert], row: Row) -> Row:
    return {name: row[name] for name in shape.model_fields}


@dataclass(frozen=True)
class Moment:
    """One stretch of time: error rates and 95th percentiles by kind, where anything was asked."""

    at: datetime
    error_rate: dict[str, float]
    p95_ms: dict[str, float]


def by_time(c: Writer, minutes: int) -> list[Moment]:
    """At most sixty stretches of the last minutes, each with what was asked in it; the quiet ones are left out."""
    moments: dict[datetime, Moment] = {}
    for row in c.execute(BY_TIME, {"minutes": minutes, "stretch": max(1, -(-minutes // 60))}):
        moment = moments.setdefault(row["at"], Moment(row["at"], {}, {}))
        moment.error_rate[row["kind"]] = row["failed_count"] / row["request_count"]
        moment.p95_ms[row["kind"]] = row["p95_ms"]
    return list(moments.values())
