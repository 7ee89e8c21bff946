"""What hosts and apps say of a show, by period and by episode; and the sources that there are."""

from datetime import date
from typing import Any
from uuid import UUID

from api.marts.builds import current_build
from api.marts.errors import NotFoundError, UnknownSourceError
from api.marts.models.statistics import AudienceShare, DownloadSource, ShowAudience, ShowStatistics, StatisticPeriod, StatisticTotal
from api.marts.warehouse import Reader

SHOW = "select show_id, title from app.shows where show_id = %(show_id)s"

# What the range, the source and the episode leave; `*` is the show as a whole.
CHOSEN = """
from marts.episode_statistics_daily as s
where
    s.show_id = %(show_id)s and (%(source)s::text is null or s.source = %(source)s)
    and (%(metric)s::text is null or s.metric = %(metric)s)
    and (%(episode_guid)s::text is null or s.episode_guid = %(episode_guid)s)
    and (%(first_day)s::date is null or s.period_end >= %(first_day)s)
    and (%(last_day)s::date is null or s.period_start <= %(last_day)s)
"""

# A total of the show and those of its episodes are the same downloads: the episodes' where there are any. Listeners and followers
# of episodes are never summed: of a show they are what the source says of it as a whole.
PERIODS = f"""
select
    source, metric, measure, grain, min(period_start) as period_start, period_end, min(timezone) as timezone,
    case
        when measure in ('count', 'counter') then coalesce(sum(value) filter (where episode_guid <> '*'), sum(value))
        else sum(value) filter (where episode_guid = '*' or %(episode_guid)s::text is not null)
    end::bigint as value,
    case
        when measure = 'counter' then coalesce(sum(level) filter (where episode_guid <> '*'), sum(level))
        else sum(level) filter (where episode_guid = '*' or %(episode_guid)s::text is not null)
    end::bigint as level,
    count(*) filter (where is_negative_step) as negative_steps
{CHOSEN}
group by source, metric, measure, grain, period_end
order by source, metric, grain, period_end
"""

TOTALS = f"""
select
    nullif(e.episode_guid, '*') as episode_guid, t.title, e.source, e.metric, e.measure, e.grain, e.value, e.level, e.negative_steps
from (
    select
        tenant_id, show_id, episode_guid, source, metric, measure, grain,
        case when measure in ('count', 'counter') then sum(value) end::bigint as value,
        (array_agg(level order by period_end desc))[1] as level,
        count(*) filter (where is_negative_step) as negative_steps,
        max(period_end) as last_day
    {CHOSEN}
    group by tenant_id, show_id, episode_guid, source, metric, measure, grain
) as e
left join lateral (
    select i.title, i.published_at
    from raw.feeds_items as i
    where i.tenant_id = e.tenant_id and i.show_id = e.show_id and i.episode_guid = e.episode_guid
    order by i.fetched_at desc
    limit 1
) as t on true
order by e.source, e.metric, e.grain, t.published_at desc nulls first, e.episode_guid
"""  # noqa: S608

AUDIENCE = """
select dimension_value as value, sum(value)::bigint as count
from marts.episode_audience_daily
where
    show_id = %(show_id)s and source = %(source)s and metric = %(metric)s and dimension = %(dimension)s
    and (%(episode_guid)s::text is null or episode_guid = %(episode_guid)s)
    and (%(first_day)s::date is null or period_end >= %(first_day)s)
    and (%(last_day)s::date is null or period_start <= %(last_day)s)
group by dimension_value
order by count desc, dimension_value
"""

DIMENSIONS = """
select distinct dimension
from marts.episode_audience_daily
where show_id = %(show_id)s and source = %(source)s and metric = %(metric)s
order by dimension
"""

SOURCES = """
select
    d.source, d.name, d.kind, d.base_url, d.credential_hint, d.show_hint, d.documentation_url, f.last_success_at
from app.download_sources as d
left join (
    select a.host, max(f.last_success_at) as last_success_at
    from app.hosting_accounts as a
    inner join ops.fetch_state as f
        on f.tenant_id = a.tenant_id and f.source = 'hosting' and f.source_key = a.account_id::text
    where a.is_active
    group by a.host
) as f on f.host = d.source
where d.is_shown
order by d.kind <> 'counted', d.kind, d.name
"""


def download_sources(c: Reader) -> list[DownloadSource]:
    """One row per source, our own count first."""
    return [DownloadSource(**row) for row in c.execute(SOURCES).fetchall()]


def require_source(c: Reader, source: str) -> None:
    """Raises UnknownSourceError, naming those there are."""
    known = [row["source"] for row in c.execute("select source from app.download_sources order by source").fetchall()]
    if source not in known:
        raise UnknownSourceError(source, known)


def show_statistics(
    c: Reader,
    show_id: UUID,
    *,
    source: str | None = None,
    metric: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    episode_guid: str | None = None,
) -> ShowStatistics:
    """What each source says of one show in the periods that touch the range. Raises NotFoundError, UnknownSourceError."""
    title = _title(c, show_id)
    if source is not None:
        require_source(c, source)
    chosen = {
        "show_id": show_id, "source": source, "metric": metric, "first_day": first_day, "last_day": last_day,
        "episode_guid": episode_guid,
    }  # fmt: skip
    return ShowStatistics(
        build=current_build(c),
        show_id=show_id,
        show_title=title,
        periods=[StatisticPeriod(**row) for row in c.execute(PERIODS, chosen).fetchall()],
        totals=[StatisticTotal(**row) for row in c.execute(TOTALS, chosen).fetchall()],
    )


def show_audience(c: Reader, show_id: UUID, *, source: str, metric: str, dimension: str, **chosen: Any) -> ShowAudience:
    """One dimension of one source and metric; `chosen` are first_day, last_day and episode_guid. Raises as `show_statistics`."""
    title = _title(c, show_id)
    require_source(c, source)
    asked = {"show_id": show_id, "source": source, "metric": metric, "dimension": dimension, **chosen}
    rows = c.execute(AUDIENCE, asked).fetchall()
    total = sum(row["count"] for row in rows)
    return ShowAudience(
        build=current_build(c),
        show_id=show_id,
        show_title=title,
        source=source,
        metric=metric,
        dimension=dimension,
        dimensions=[row["dimension"] for row in c.execute(DIMENSIONS, asked).fetchall()],
        shares=[AudienceShare(**row, share=row["count"] / total) for row in rows],
    )


def _title(c: Reader, show_id: UUID) -> str:
    show = c.execute(SHOW, {"show_id": show_id}).fetchone()
    if show is None:
        raise NotFoundError("show", show_id)
    return str(show["title"])
