"""Counted downloads by show, day and episode. Different sources and windows are different figures and are never added."""

from datetime import date
from uuid import UUID

from api.marts.builds import current_build
from api.marts.errors import NotFoundError
from api.marts.models import CountingWindow, DownloadDay, DownloadTotal, EpisodeTotal, ShowDownloads
from api.marts.statistics import require_source
from api.marts.warehouse import Reader

SHOW = "select show_id, title from app.shows where show_id = %(show_id)s"

DAILY = """
select
    day, sum(downloads)::bigint as downloads, sum(request_count)::bigint as request_count,
    sum(rejected_count)::bigint as rejected_count, sum(listener_count)::bigint as listener_count
from marts.episode_downloads_daily
where
    show_id = %(show_id)s and source = %(source)s and counting_window = %(counting_window)s
    and (%(first_day)s::date is null or day >= %(first_day)s) and (%(last_day)s::date is null or day <= %(last_day)s)
    and (%(episode_guid)s::text is null or episode_guid = %(episode_guid)s)
group by day
order by day
"""

EPISODES = """
select e.episode_guid, t.title, t.published_at, e.downloads
from (
    select tenant_id, show_id, episode_guid, sum(downloads)::bigint as downloads
    from marts.episode_downloads_daily
    where
        show_id = %(show_id)s and source = %(source)s and counting_window = %(counting_window)s
        and (%(first_day)s::date is null or day >= %(first_day)s) and (%(last_day)s::date is null or day <= %(last_day)s)
        and (%(episode_guid)s::text is null or episode_guid = %(episode_guid)s)
    group by tenant_id, show_id, episode_guid
) as e
left join lateral (
    select i.title, i.published_at
    from raw.feeds_items as i
    where i.tenant_id = e.tenant_id and i.show_id = e.show_id and i.episode_guid = e.episode_guid
    order by i.fetched_at desc
    limit 1
) as t on true
order by t.published_at desc nulls last, e.episode_guid
"""

HOST = """
select source
from marts.episode_downloads_daily
where show_id = %(show_id)s and counting_window = 'host'
group by source
order by source = 'op3', sum(downloads) desc, source
limit 1
"""

ALL_SHOWS = """
select day, sum(downloads)::bigint as downloads
from marts.episode_downloads_daily
where source = 'logs' and counting_window = 'first_touch' and (%(first_day)s::date is null or day >= %(first_day)s)
group by day
order by day
"""


def episode_downloads(
    c: Reader,
    show_id: UUID,
    *,
    source: str = "logs",
    counting_window: CountingWindow = "first_touch",
    first_day: date | None = None,
    last_day: date | None = None,
    episode_guid: str | None = None,
) -> ShowDownloads:
    """One show's downloads (UTC days, both ends included) from one source in one window.

    Raises NotFoundError for no such show, UnknownSourceError for no such source.

    `listener_count` of a day sums over episodes: one listener of two episodes that day is two.
    """
    show = c.execute(SHOW, {"show_id": show_id}).fetchone()
    if show is None:
        raise NotFoundError("show", show_id)
    require_source(c, source)
    build = current_build(c)
    chosen = {
        "show_id": show_id, "source": source, "counting_window": counting_window, "first_day": first_day, "last_day": last_day,
        "episode_guid": episode_guid,
    }  # fmt: skip
    daily = [DownloadDay(**row) for row in c.execute(DAILY, chosen).fetchall()]
    return ShowDownloads(
        build=build,
        show_id=show_id,
        show_title=show["title"],
        source=source,
        counting_window=counting_window,
        downloads=sum(day.downloads for day in daily),
        daily=daily,
        episodes=[EpisodeTotal(**row) for row in c.execute(EPISODES, chosen).fetchall()],
    )


def host_source(c: Reader, show_id: UUID) -> str:
    """The host whose own count of this show there is, OP3 after a host and the larger count first; `logs` where none has any."""
    row = c.execute(HOST, {"show_id": show_id}).fetchone()
    return str(row["source"]) if row else "logs"


def tenant_downloads(c: Reader, first_day: date | None = None) -> list[DownloadTotal]:
    """One row per UTC day: downloads of all shows, counted from logs in the first-touch window."""
    return [DownloadTotal(**row) for row in c.execute(ALL_SHOWS, {"first_day": first_day}).fetchall()]
