{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[{'columns': ['tenant_id', 'frame', 'frame_start']}],
        pre_hook="{{ recount_frames() }}",
        post_hook="analyze {{ this }}",
    )
}}

-- A listener is a household and an agent with a valid download; which window it was counted in makes no difference to who it was.
-- A frame in which anything changed is counted anew from its days.
with windows as (
    select * from {{ ref('int_windows_counted') }}
    where is_valid and is_first_touch
),

{% if is_incremental() %}
days_in_frames as (
    select distinct frames_touched.tenant_id, days.day::date as day
    from frames_touched
    cross join lateral generate_series(frames_touched.frame_start, frames_touched.frame_end, interval '1 day') as days (day)
),

framed as (
    select
        windows.tenant_id,
        windows.source,
        windows.show_id,
        windows.household_hash,
        windows.user_agent,
        frames.frame,
        frames.frame_start,
        frames.frame_end
    from days_in_frames
    inner join windows using (tenant_id, day)
    cross join lateral ({{ listener_frames('windows.day') }}) as frames
    inner join frames_touched
        on
            windows.tenant_id = frames_touched.tenant_id
            and frames.frame = frames_touched.frame
            and frames.frame_start = frames_touched.frame_start
),
{% else %}
framed as (
    select
        windows.tenant_id,
        windows.source,
        windows.show_id,
        windows.household_hash,
        windows.user_agent,
        frames.frame,
        frames.frame_start,
        frames.frame_end
    from windows
    cross join lateral ({{ listener_frames('windows.day') }}) as frames
),
{% endif %}

reach as (
    select ({{ build_as_of() }} at time zone 'UTC')::date as last_day
),

-- The 30 days up to the day that the build speaks of.
last_30_days as (
    select
        windows.tenant_id,
        windows.source,
        windows.show_id,
        windows.household_hash,
        windows.user_agent,
        '30d' as frame,
        reach.last_day - 29 as frame_start,
        reach.last_day as frame_end
    from windows
    cross join reach
    where windows.day between reach.last_day - 29 and reach.last_day
),

heard as (
    select * from framed
    union all
    select * from last_30_days
),

listeners as (
    select tenant_id, source, show_id, frame, frame_start, frame_end, household_hash, user_agent
    from heard
    group by tenant_id, source, show_id, frame, frame_start, frame_end, household_hash, user_agent
),

final as (
    select
        tenant_id,
        source,
        show_id,
        frame,
        frame_start,
        frame_end,
        count(*) as listener_count,
        count(distinct household_hash) as household_count
    from listeners
    group by tenant_id, source, show_id, frame, frame_start, frame_end
)

select * from final
