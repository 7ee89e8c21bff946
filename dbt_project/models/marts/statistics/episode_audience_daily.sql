with statistics as (
    select * from {{ ref('int_host_statistics') }}
    where dimension <> '' and not is_cumulative
),

-- A value that was restated to zero says nothing of an audience.
final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        metric,
        dimension,
        dimension_value,
        grain,
        period_start,
        period_end,
        sum(value)::bigint as value
    from statistics
    where value <> 0
    group by
        tenant_id, show_id, episode_guid, source, metric, dimension, dimension_value, grain, period_start, period_end
)

select * from final
