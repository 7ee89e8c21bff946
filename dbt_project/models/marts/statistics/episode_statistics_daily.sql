with statistics as (
    select * from {{ ref('int_host_statistics') }}
    where dimension = ''
),

measured as (
    select
        *,
        -- Followers are a level and never summed; listeners are unique within their period (domain rules, section 2).
        case
            when metric = 'follower' then 'level'
            when is_cumulative then 'counter'
            when metric = 'listener' then 'unique'
            else 'count'
        end as measure
    from statistics
),

-- A counter is stored as snapshots: what it counts is the step between two of them, from the day after the one to the other.
stepped as (
    select
        *,
        lag(value) over snapshots as value_before,
        lag(period_end) over snapshots as end_before
    from measured
    window
        snapshots as (
            partition by tenant_id, source, source_account, show_key, episode_key, metric, grain, measure
            order by period_end, hosting_download_id
        )
),

told as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        metric,
        grain,
        case when measure in ('counter', 'level') then coalesce(end_before + 1, period_end) else period_start end as period_start,
        period_end,
        metric_standard,
        measure,
        tz,
        case when measure in ('counter', 'level') then value - value_before else value end as value,
        case when measure in ('counter', 'level') then value end as level,
        measure = 'counter' and value < value_before as is_negative_step,
        fetched_at
    from stepped
),

-- A show with two accounts at one host has two halves of its figures.
final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        metric,
        grain,
        period_start,
        period_end,
        min(metric_standard) as metric_standard,
        min(measure) as measure,
        min(tz) as timezone,
        sum(value)::bigint as value,
        sum(level)::bigint as level,
        coalesce(bool_or(is_negative_step), false) as is_negative_step,
        max(fetched_at) as fetched_at
    from told
    group by tenant_id, show_id, episode_guid, source, metric, grain, period_start, period_end
)

select * from final
