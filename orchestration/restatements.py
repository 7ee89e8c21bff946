"""What a build changes of figures that readers saw before: kept in ops.counting_restatements, in the publishing transaction."""

import uuid
from typing import Any

import psycopg

from orchestration.mart_differences import compared
from orchestration.mart_tables import on_both_sides

# A day is restated where it was over when the last build spoke, and the show had figures of that source for it or a later day: the
# first import of a history restates nothing. What changed it is told by what the build's window holds.
RECORD = """
insert into ops.counting_restatements (
    tenant_id, show_id, episode_guid, day, source, counting_window, downloads_before, downloads_after, cause, build_id
)
with

attempt as (select * from ops.build_attempts where build_id = %(build_id)s),

last_build as (select (as_of at time zone 'UTC')::date as day from marts.builds order by published_at desc limit 1),

known as (
    select tenant_id, show_id, source, max(day) as last_day from marts.episode_downloads_daily group by tenant_id, show_id, source
),

changed as (
    select
        tenant_id, show_id, episode_guid, day, source, counting_window,
        coalesce(before.downloads, 0) as downloads_before, coalesce(after.downloads, 0) as downloads_after
    from pg_temp.difference_episode_downloads_daily
    left join marts.episode_downloads_daily as before using (tenant_id, show_id, episode_guid, day, source, counting_window)
    left join candidate.episode_downloads_daily as after using (tenant_id, show_id, episode_guid, day, source, counting_window)
    where coalesce(before.downloads, 0) <> coalesce(after.downloads, 0)
)

select
    changed.*,
    case
        when changed.counting_window = 'host' then 'host'
        when exists (
            select from app.counting_settings as s where s.tenant_id = changed.tenant_id and changed.day >= s.from_day - 1
            and s.xact >= attempt.from_xact and s.xact < attempt.to_xact
        ) then 'settings'
        when exists (
            select from app.anomaly_decisions as d where d.tenant_id = changed.tenant_id and d.show_id = changed.show_id
            and d.day between changed.day - 1 and changed.day + 1 and d.xact >= attempt.from_xact and d.xact < attempt.to_xact
        ) then 'decision'
        when exists (
            select from ops.recounts as r where r.tenant_id = changed.tenant_id
            and changed.day between r.from_day - 1 and r.to_day + 1 and r.xact >= attempt.from_xact and r.xact < attempt.to_xact
        ) then 'recount'
        when attempt.mode = 'full' then 'full_build'
        when exists (
            select from raw.feeds_items as i where i.tenant_id = changed.tenant_id and i.show_id = changed.show_id
            and i.episode_guid = changed.episode_guid and i.xact >= attempt.from_xact and i.xact < attempt.to_xact
        ) then 'feed'
        else 'late_requests'
    end as cause,
    attempt.build_id
from changed
cross join attempt
cross join last_build
inner join known using (tenant_id, show_id, source)
where changed.day < last_build.day and changed.day <= known.last_day
"""


def record_restatements(connection: psycopg.Connection[Any], build_id: uuid.UUID) -> int:
    """Record every figure of an over day that publishing `build_id` will change, and why; call it before the marts are renewed.

    Returns how many; 0 before anything was published.
    """
    if not on_both_sides(connection, "episode_downloads_daily"):
        return 0
    compared(connection, "episode_downloads_daily")
    return connection.execute(RECORD, {"build_id": build_id}).rowcount
