# ruff: noqa: S608  # the pieces of these queries are constants of this file
"""One show's counts by every source: gaps, causes and verdicts, from marts.count_reconciliation."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from api.marts.builds import current_build
from api.marts.downloads import SHOW
from api.marts.errors import NotFoundError
from api.marts.models.quality import (
    CAUSES,
    GapCauses,
    OtherMetric,
    Reconciliation,
    ReconciliationDay,
    ReconciliationEpisode,
    ReconciliationPair,
    Verdict,
)
from api.marts.warehouse import Reader

# Two certified counts may differ by so much (domain rules, section 1).
TOLERANCE = 0.05
SUMS = "sum(count_a)::bigint as count_a, sum(count_b)::bigint as count_b, sum(gap)::bigint as gap, " + ", ".join(
    f"sum(gap_{cause})::bigint as {cause}" for cause in CAUSES
)
CHOSEN = """
show_id = %(show_id)s
and (%(first_day)s::date is null or day >= %(first_day)s) and (%(last_day)s::date is null or day <= %(last_day)s)
and (%(source_b)s::text is null or source_b = %(source_b)s)
"""
PAIRS = f"""
select
    source_a, source_b, {SUMS}, max(time_zone) as host_zone, max(host_window) as host_window,
    bool_and(host_has_threshold) as host_has_threshold, bool_and(host_filters_bots) as host_filters_bots
from marts.count_reconciliation
where metric_b = 'download' and {CHOSEN}
group by source_a, source_b
order by source_a <> 'logs', source_a, source_b
"""
DAILY = f"""
select source_a, source_b, day, {SUMS}
from marts.count_reconciliation
where metric_b = 'download' and {CHOSEN}
group by source_a, source_b, day
order by day
"""
EPISODES = f"""
select e.*, t.title
from (
    select show_id, source_a, source_b, episode_guid, {SUMS}
    from marts.count_reconciliation
    where metric_b = 'download' and {CHOSEN}
    group by show_id, source_a, source_b, episode_guid
) as e
left join lateral (
    select i.title
    from raw.feeds_items as i
    where i.tenant_id = ops.current_tenant_id() and i.show_id = e.show_id and i.episode_guid = e.episode_guid
    order by i.fetched_at desc
    limit 1
) as t on true
order by abs(e.gap) desc, e.episode_guid
"""
OTHERS = f"""
select source_b as source, metric_b as metric, sum(count_b)::bigint as value, sum(count_a)::bigint as downloads
from marts.count_reconciliation
where metric_b <> 'download' and {CHOSEN}
group by source_b, metric_b
order by source_b, metric_b
"""


def reconciliation(
    c: Reader, show_id: UUID, *, first_day: date | None = None, last_day: date | None = None, source: str | None = None
) -> Reconciliation:
    """Every pair of sources of one show, over the days asked for (both included); raises NotFoundError for no such show."""
    show = c.execute(SHOW, {"show_id": show_id}).fetchone()
    if show is None:
        raise NotFoundError("show", show_id)
    chosen = {"show_id": show_id, "first_day": first_day, "last_day": last_day, "source_b": source}
    daily, episodes = c.execute(DAILY, chosen).fetchall(), c.execute(EPISODES, chosen).fetchall()
    return Reconciliation(
        build=current_build(c),
        show_id=show_id,
        show_title=show["title"],
        pairs=[_pair(row, _of(row, daily), _of(row, episodes)) for row in c.execute(PAIRS, chosen).fetchall()],
        other_metrics=[OtherMetric(**row) for row in c.execute(OTHERS, chosen).fetchall()],
    )


def judge(count_a: int, count_b: int, causes: GapCauses) -> Verdict:
    """The verdict of sums by the rule of the mart's rows."""
    allowed = TOLERANCE * max(count_a, count_b)
    if abs(count_b - count_a) <= allowed:
        return "within_5_percent"
    if abs(causes.unexplained or 0) > allowed:
        return "unexplained"
    return "missing_source" if abs(causes.missing_source or 0) > allowed else "explained"


def _of(pair: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if (row["source_a"], row["source_b"]) == (pair["source_a"], pair["source_b"])]


def _causes(row: Mapping[str, Any]) -> GapCauses:
    return GapCauses(**{cause: row[cause] for cause in CAUSES})


def _rate(row: Mapping[str, Any]) -> float:
    return float(abs(row["gap"]) / max(row["count_a"], row["count_b"], 1))


def _pair(row: Mapping[str, Any], daily: Sequence[Mapping[str, Any]], episodes: Sequence[Mapping[str, Any]]) -> ReconciliationPair:
    names = ("source_a", "source_b", "count_a", "count_b", "gap", "host_window", "host_has_threshold")
    return ReconciliationPair(
        **{name: row[name] for name in (*names, "host_filters_bots")},
        time_zone=row["host_zone"],
        gap_rate=_rate(row),
        verdict=judge(row["count_a"], row["count_b"], _causes(row)),
        causes=_causes(row),
        daily=[
            ReconciliationDay(**{name: d[name] for name in ("day", "count_a", "count_b", "gap")}, causes=_causes(d)) for d in daily
        ],
        episodes=[
            ReconciliationEpisode(
                episode_guid=e["episode_guid"], title=e["title"], count_a=e["count_a"], count_b=e["count_b"], gap=e["gap"],
                gap_rate=_rate(e), verdict=judge(e["count_a"], e["count_b"], _causes(e)), causes=_causes(e),
            )
            for e in episodes
        ],
    )  # fmt: skip
