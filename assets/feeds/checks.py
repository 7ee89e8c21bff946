"""Freshness, volume and schema drift of the feeds: what a run cannot see in one document. All of them warn, none withholds."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from assets.lib.warehouse import WarehouseUrl, connect
from assets.results import markdown

# Two schedules a quarter of an hour apart may be missed, and the longest back-off is six hours.
LATE_AFTER = "6 hours"
# Collapsed: less than half of what the feed listed at most in the last month, and at least three fewer.
COLLAPSED_SHARE = 0.5
COLLAPSED_COUNT = 3

LATE = """
select s.title, coalesce(to_char(f.last_success_at, 'YYYY-MM-DD HH24:MI'), 'never'), coalesce(f.last_error, 'not asked yet')
from app.shows as s
left join ops.fetch_state as f on f.tenant_id = s.tenant_id and f.source = 'feeds' and f.source_key = s.show_id::text
where
    s.is_active
    and s.created_at < now() - %(late)s::interval
    and coalesce(f.last_success_at, '-infinity') < now() - %(late)s::interval
order by f.last_success_at nulls first, s.title
"""

COLLAPSED = """
with ranked as (
    select
        n.*,
        row_number() over (partition by n.tenant_id, n.show_id order by n.fetched_at desc, n.xact desc) as age
    from raw.feeds_snapshots as n
    where n.fetched_at > now() - interval '30 days'
),

compared as (
    select
        tenant_id,
        show_id,
        max(item_count) filter (where age = 1) as listed,
        max(item_count) filter (where age > 1) as listed_before
    from ranked
    group by tenant_id, show_id
)

select s.title, c.listed_before::text, c.listed::text
from compared as c
inner join app.shows as s using (tenant_id, show_id)
where s.is_active and c.listed < c.listed_before * %(share)s and c.listed <= c.listed_before - %(count)s
order by c.listed_before - c.listed desc, s.title
"""

DRIFTED = """
with ranked as (
    select
        n.*,
        row_number() over (partition by n.tenant_id, n.show_id order by n.fetched_at desc, n.xact desc) as age
    from raw.feeds_snapshots as n
),

compared as (
    select now_.*, before.enclosure_count as enclosures_before, before.duration_count as durations_before,
        before.item_count as items_before
    from ranked as now_
    inner join ranked as before using (tenant_id, show_id)
    where now_.age = 1 and before.age = 2 and now_.fetched_at > now() - interval '7 days'
),

drifts as (
    select c.tenant_id, c.show_id, 'new element ' || u.name as drift
    from compared as c
    cross join lateral unnest(c.unknown_elements) as u (name)
    where not exists (
        select 1 from ranked as r
        where r.tenant_id = c.tenant_id and r.show_id = c.show_id and r.age > 1 and u.name = any(r.unknown_elements)
    )
    union all
    select tenant_id, show_id, format('items with an enclosure: %%s of %%s, before %%s of %%s',
        enclosure_count, item_count, enclosures_before, items_before)
    from compared
    where enclosure_count * items_before < enclosures_before * item_count * %(share)s
    union all
    select tenant_id, show_id, format('items with a duration: %%s of %%s, before %%s of %%s',
        duration_count, item_count, durations_before, items_before)
    from compared
    where duration_count * items_before < durations_before * item_count * %(share)s
)

select s.title, d.drift
from drifts as d
inner join app.shows as s using (tenant_id, show_id)
where s.is_active
order by s.title, d.drift
"""


def late_feeds(url: str) -> list[tuple[str, ...]]:
    """(show, last read, why) of each active show whose feed was not read for `LATE_AFTER`."""
    return _rows(url, LATE)


def collapsed_feeds(url: str) -> list[tuple[str, ...]]:
    """(show, most items of the last 30 days, items now) of each feed that lost half of its items and more."""
    return _rows(url, COLLAPSED)


def drifted_feeds(url: str) -> list[tuple[str, ...]]:
    """(show, what changed) of each feed whose newest document has elements that are new to us, or lost enclosures or durations."""
    return _rows(url, DRIFTED)


def _rows(url: str, query: str) -> list[tuple[str, ...]]:
    with connect(url, "ingest") as connection:
        return connection.execute(
            query.encode(), {"late": LATE_AFTER, "share": COLLAPSED_SHARE, "count": COLLAPSED_COUNT}
        ).fetchall()


def _result(rows: Sequence[Sequence[str]], header: Sequence[str], expected: str) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {"expected": expected, "feeds": len({row[0] for row in rows})}
    if rows:
        metadata["found"] = dg.MetadataValue.md(markdown(header, rows[:50]))
    return dg.AssetCheckResult(passed=not rows, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)


@dg.asset_check(asset=["raw", "feeds_items"], required_resource_keys={"warehouse"})
def feeds_are_read_in_time(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Freshness: every active show's feed answered within six hours; what is gone or broken stays here until it is mended."""
    warehouse: WarehouseUrl = context.resources.warehouse
    return _result(late_feeds(warehouse.url), ["show", "last read", "why"], f"each feed read within {LATE_AFTER}")


@dg.asset_check(asset=["raw", "feeds_snapshots"], required_resource_keys={"warehouse"})
def feeds_keep_their_items(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Volume: no feed lists less than half of what it listed in the last 30 days. Its episodes stay; the feed may be cut short."""
    warehouse: WarehouseUrl = context.resources.warehouse
    return _result(collapsed_feeds(warehouse.url), ["show", "items before", "items now"], "at least half of the items of 30 days")


@dg.asset_check(asset=["raw", "feeds_snapshots"], required_resource_keys={"warehouse"})
def feeds_keep_their_shape(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Schema drift: no element appears that no vocabulary has, and items do not lose their enclosures or durations."""
    warehouse: WarehouseUrl = context.resources.warehouse
    return _result(drifted_feeds(warehouse.url), ["show", "change"], "known elements; enclosures and durations as before")


CHECKS = [feeds_are_read_in_time, feeds_keep_their_items, feeds_keep_their_shape]
