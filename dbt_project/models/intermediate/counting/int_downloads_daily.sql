{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['tenant_id', 'day']}],
        pre_hook="{{ recount_days() }}",
        post_hook="analyze {{ this }}",
    )
}}

-- A tenant's day on which anything changed is added up anew, whole.
with requests as (
    select requests.*
    from {{ ref('int_requests_judged') }} as requests
    {% if is_incremental() %}
    inner join days_touched on requests.tenant_id = days_touched.tenant_id and requests.request_day = days_touched.day
    {% endif %}
),

windows as (
    select windows.*
    from {{ ref('int_windows_counted') }} as windows
    {% if is_incremental() %}
    inner join days_touched using (tenant_id, day)
    {% endif %}
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

requests_daily as (
    select
        tenant_id,
        source,
        show_id,
        episode_guid,
        request_day as day,
        count(*) as request_count,
        count(rejected_by) as rejected_count
    from requests
    where episode_guid is not null
    group by tenant_id, source, show_id, episode_guid, request_day
),

-- Within one episode the key of a download is its household and agent; of one kind of window it opens one a day at most, so that
-- the day's listeners of an episode are its downloads. They never add up over days or episodes.
timed as (
    select
        windows.*,
        (windows.opened_at at time zone 'UTC')::time < (episodes.published_at at time zone 'UTC')::time as is_early
    from windows
    left join episodes
        on
            windows.tenant_id = episodes.tenant_id
            and windows.show_id = episodes.show_id
            and windows.episode_guid = episodes.episode_guid
),

-- `_early`: opened before the time of day at which the episode was published. An episode's first n days end at that time of day, so
-- that they are sums of whole days and of one early part (mart episode_milestones).
windows_daily as (
    select
        windows.tenant_id,
        windows.source,
        windows.show_id,
        windows.episode_guid,
        windows.day,
        count(*) filter (where windows.is_calendar) as calendar_downloads,
        count(*) filter (where windows.is_first_touch) as first_touch_downloads,
        count(*) filter (where windows.is_last_touch) as last_touch_downloads,
        count(*) filter (where windows.is_calendar and windows.is_early) as calendar_early,
        count(*) filter (where windows.is_first_touch and windows.is_early) as first_touch_early,
        count(*) filter (where windows.is_last_touch and windows.is_early) as last_touch_early
    from timed as windows
    where windows.is_valid
    group by windows.tenant_id, windows.source, windows.show_id, windows.episode_guid, windows.day
),

-- A download opens with a request of its own day, so every day with a download is a day with requests.
final as (
    select
        requests_daily.tenant_id,
        requests_daily.source,
        requests_daily.show_id,
        requests_daily.episode_guid,
        requests_daily.day,
        requests_daily.request_count,
        requests_daily.rejected_count,
        coalesce(windows_daily.calendar_downloads, 0) as calendar_downloads,
        coalesce(windows_daily.first_touch_downloads, 0) as first_touch_downloads,
        coalesce(windows_daily.last_touch_downloads, 0) as last_touch_downloads,
        coalesce(windows_daily.calendar_early, 0) as calendar_early,
        coalesce(windows_daily.first_touch_early, 0) as first_touch_early,
        coalesce(windows_daily.last_touch_early, 0) as last_touch_early,
        (episodes.published_at at time zone 'UTC')::time as published_time
    from requests_daily
    left join windows_daily using (tenant_id, source, show_id, episode_guid, day)
    left join episodes using (tenant_id, show_id, episode_guid)
)

select * from final
