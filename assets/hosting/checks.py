"""What must hold of each host that statistics are read from: it was read lately, and says about as much as it did.

One pair of checks a host, over all tenants' accounts there; they warn and block nothing, since one silent host is no reason to
withhold the figures of the others.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from psycopg.rows import dict_row

from assets.hosting.connectors.registry import CONNECTORS
from assets.lib.warehouse import WarehouseUrl, connect
from assets.results import markdown

TABLE = dg.AssetKey(["raw", "hosting_downloads"])
STALE_HOURS = 26
# The last whole week against the median of the four before: a host that lost half of its downloads changed its rules or its data.
LOWEST_SHARE, HIGHEST_SHARE = 0.5, 2.0
# Below these a week's count says nothing of a change.
LEAST_WEEK = 100

STATES = """
select
    a.host, t.slug, a.external_show_id, f.last_success_at, f.last_error,
    coalesce(f.last_success_at, a.created_at) < now() - make_interval(hours => %(hours)s) as is_stale
from app.hosting_accounts as a
inner join app.tenants as t using (tenant_id)
left join ops.fetch_state as f on f.tenant_id = a.tenant_id and f.source = 'hosting' and f.source_key = a.account_id::text
where a.is_active
order by a.host, t.slug, a.external_show_id
"""
# Weeks end with the day before yesterday: a host's last two days still fill up.
WEEKS = """
with latest as (
    select distinct on (tenant_id, source_account, show_key, episode_key, period_start) source, period_start, value
    from raw.hosting_downloads
    where
        metric = 'download' and grain = 'day' and dimension = '' and not is_cumulative
        and period_start between current_date - 37 and current_date - 3
    order by tenant_id, source_account, show_key, episode_key, period_start, hosting_download_id desc
)

select source, (current_date - 3 - period_start) / 7 as weeks_ago, sum(value)::bigint as downloads
from latest
group by 1, 2
"""


def freshness_name(host: str) -> str:
    return f"{host}_was_read_lately"


def volume_name(host: str) -> str:
    return f"{host}_says_about_as_much_as_before"


def judge_volume(weeks: Mapping[int, int]) -> tuple[bool, str]:
    """Whether the last week (0) is within the bounds of the four before it, and what was found; too little says nothing."""
    before = sorted(weeks.get(number, 0) for number in range(1, 5))
    usual = (before[1] + before[2]) / 2
    if usual < LEAST_WEEK:
        return True, f"{weeks.get(0, 0):,} downloads, too few before ({usual:,.0f} a week) to compare with"
    share = weeks.get(0, 0) / usual
    said = f"{weeks.get(0, 0):,} downloads in the last whole week, {share:.0%} of the usual {usual:,.0f}"
    return LOWEST_SHARE <= share <= HIGHEST_SHARE, said


@dg.multi_asset_check(
    name="hosting_sources",
    specs=[
        spec
        for host, connector in CONNECTORS.items()
        for spec in (
            dg.AssetCheckSpec(
                freshness_name(host), asset=TABLE, blocking=False,
                description=f"Every active account at {connector.name} was read whole within {STALE_HOURS} hours.",
            ),
            dg.AssetCheckSpec(
                volume_name(host), asset=TABLE, blocking=False,
                description=f"{connector.name} tells between half and twice the downloads of its usual week.",
            ),
        )
    ],
    can_subset=True,
    required_resource_keys={"warehouse"},
    compute_kind="postgres",
)  # fmt: skip
def hosting_sources(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Each host on its own: which accounts are late, with what they last said, and how this week compares with those before."""
    warehouse: WarehouseUrl = context.resources.warehouse
    with connect(warehouse.url, "ingest") as connection, connection.cursor(row_factory=dict_row) as cursor:
        states = cursor.execute(STATES, {"hours": STALE_HOURS}).fetchall()
        counts = cursor.execute(WEEKS).fetchall()
    for host in CONNECTORS:
        mine = [row for row in states if row["host"] == host]
        weeks = {row["weeks_ago"]: row["downloads"] for row in counts if row["source"] == host}
        is_usual, said = judge_volume(weeks)
        results = {
            freshness_name(host): (not any(row["is_stale"] for row in mine), _freshness(mine)),
            volume_name(host): (is_usual or not mine, {"found": said}),
        }
        for name, (passed, metadata) in results.items():
            if dg.AssetCheckKey(TABLE, name) in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(
                    passed=passed, asset_key=TABLE, check_name=name, severity=dg.AssetCheckSeverity.WARN, metadata=metadata
                )


def _freshness(rows: list[dict[str, Any]]) -> dict[str, Any]:
    late = [
        [f"{row['slug']}: {row['external_show_id']}", str(row["last_success_at"] or "never"), row["last_error"] or ""]
        for row in rows
        if row["is_stale"]
    ]
    shown = dg.MetadataValue.md(markdown(["account", "read whole", "last error"], late[:20]) if late else "none")
    return {"accounts": len(rows), "late": len(late), "which": shown}
