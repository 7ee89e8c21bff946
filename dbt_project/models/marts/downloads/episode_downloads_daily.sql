with requests as (
    select * from {{ ref('int_requests_judged') }}
),

downloads as (
    select * from {{ ref('int_downloads_counted') }}
),

host_downloads as (
    select * from {{ ref('int_host_statistics') }}
),

requests_daily as (
    select
        tenant_id,
        show_id,
        episode_guid,
        request_day as day,
        count(*) as request_count,
        count(rejected_by) as rejected_count
    from requests
    where episode_guid is not null
    group by tenant_id, show_id, episode_guid, request_day
),

counting_windows as (
    select counting_window
    from (values ('calendar'), ('first_touch'), ('last_touch')) as windows (counting_window)
),

-- Uniques carry their time frame: listeners of this episode on this day. They never add up over days or episodes.
downloads_daily as (
    select
        tenant_id,
        show_id,
        episode_guid,
        day,
        counting_window,
        count(*) as downloads,
        -- Within one episode the key of a download is its household and agent.
        count(distinct download_key) as listener_count
    from downloads
    where is_valid
    group by tenant_id, show_id, episode_guid, day, counting_window
),

-- A download opens with a request of its own day, so every day with a download is a day with requests.
logged as (
    select
        requests_daily.tenant_id,
        requests_daily.show_id,
        requests_daily.episode_guid,
        requests_daily.day,
        'logs' as source,
        counting_windows.counting_window,
        coalesce(downloads_daily.downloads, 0) as downloads,
        requests_daily.request_count,
        requests_daily.rejected_count,
        coalesce(downloads_daily.listener_count, 0) as listener_count
    from requests_daily
    cross join counting_windows
    left join downloads_daily
        on
            requests_daily.tenant_id = downloads_daily.tenant_id
            and requests_daily.show_id = downloads_daily.show_id
            and requests_daily.episode_guid = downloads_daily.episode_guid
            and requests_daily.day = downloads_daily.day
            and counting_windows.counting_window = downloads_daily.counting_window
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
    select * from logged
    union all
    select * from hosted
)

select * from final
