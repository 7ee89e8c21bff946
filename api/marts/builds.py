"""Which build is read, whether a newer one was held back, and how far the live tail reaches."""

from typing import Any

from api.marts.errors import NotBuiltError
from api.marts.models import Build
from api.marts.warehouse import Reader, once

CURRENT = """
select
    b.build_id,
    b.published_at,
    a.failed_checks,
    a.finished_at as held_at
from marts.builds as b
left join lateral (
    select n.failed_checks, n.finished_at, n.status
    from ops.build_attempts as n
    where n.status in ('published', 'held')
    order by coalesce(n.finished_at, n.started_at) desc
    limit 1
) as a on a.status = 'held'
order by b.published_at desc
limit 1
"""

BUILT_TO = "select to_xact::text as to_xact from marts.builds where build_id = %s"
# Not the greatest xact alone: a row with an earlier one may commit later, and then the count moves. The bound is a parameter and
# not a subquery: a known one is found by the index, an unknown one is guessed at a third of the table.
TAIL = """
select
    coalesce(max(e.xact)::text, '') as newest,
    count(*) as events
from raw.collector_events as e
where e.xact >= %s::xid8
"""

ENTERED = """
select
    (select coalesce(max(c.updated_at)::text, '') from app.campaigns as c) as changed,
    (select count(*) from app.campaigns) as campaigns,
    (select max(p.published_at) from estimates.attribution_publications as p) as fits_published,
    (select max(r.loaded_at) from app.currency_rates as r) as rates_loaded,
    (select max(greatest(d.created_at, d.withdrawn_at)) from app.fraud_decisions as d) as fraud_decided,
    current_date as day
"""


def find_build(c: Reader) -> Build | None:
    """The newest published build, or None before the first. Stale where the newest finished attempt was held back."""
    row = once(c, find_build, lambda: c.execute(CURRENT).fetchone())
    if row is None:
        return None
    is_stale = row["held_at"] is not None or row["failed_checks"] is not None
    reason = f"a newer build was held back: {describe_checks(row['failed_checks'])}" if is_stale else None
    return Build(build_id=row["build_id"], published_at=row["published_at"], is_stale=is_stale, stale_reason=reason)


def current_build(c: Reader) -> Build:
    """The newest published build; raises NotBuiltError before the first."""
    build = find_build(c)
    if build is None:
        raise NotBuiltError
    return build


def describe_checks(failed: Any) -> str:
    """The names of failed checks from the attempt's JSON, which holds strings or objects with a `name` or `check`."""
    names = [
        str(f.get("name") or f.get("check") or f.get("unique_id") or f) if isinstance(f, dict) else str(f) for f in failed or []
    ]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return shown or "its checks did not pass"


def read_version(c: Reader, build: Build, *, live: bool) -> str:
    """What an answer's ETag hashes: the build, what people entered, the day, and for live answers the tail's position."""
    entered = c.execute(ENTERED).fetchone()
    built_to = c.execute(BUILT_TO, [build.build_id]).fetchone() if live else None
    tail = c.execute(TAIL, [built_to["to_xact"]]).fetchone() if built_to else None
    return "|".join(str(part) for part in (build.build_id, build.stale_reason, entered, tail))
