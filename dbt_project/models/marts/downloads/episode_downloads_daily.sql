with daily as (
    select * from {{ ref('int_downloads_daily') }}
),

host_downloads as (
    select * from {{ ref('int_host_statistics') }}
),

-- Uniques carry their time frame: listeners of this episode on this day. They never add up over days or episodes. A key opens one
-- window of a kind a day at most, so that here they are as many as the downloads.
counted as (
    select
        daily.tenant_id,
        daily.show_id,
        daily.episode_guid,
        daily.day,
        daily.source,
        windows.counting_window,
        windows.downloads,
        daily.request_count,
        daily.rejected_count,
        windows.downloads as listener_count
    from daily
    cross join
        lateral (
            values
            ('calendar', daily.calendar_downloads),
            ('first_touch', daily.first_touch_downloads),
            ('last_touch', daily.last_touch_downloads)
        ) as windows (counting_window, downloads)
),

-- A host gives its own count by its own rules and its own calendar: never added to ours. It tells neither
-- requests nor listeners: 0 there.
hosted as (
    select
        tenant_id,
        show_id,
        episode_guid,
        period_start as day,
        source,
        'host' as counting_window,
        sum(value)::bigint as downloads,
        0::bigint as request_count,
        0::bigint as rejected_count,
        0::bigint as listener_count
    from host_downloads
    -- What a host says of the show as a whole is no episode's.
    where metric = 'download' and grain = 'day' and dimension = '' and not is_cumulative and episode_key <> '*'
    group by tenant_id, show_id, episode_guid, period_start, source
),

final as (
    select * from counted
    union all
    select * from hosted
)

select * from final
