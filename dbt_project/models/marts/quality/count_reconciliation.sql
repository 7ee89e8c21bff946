-- Why two counts of one episode and day differ (domain rules, section 1: two certified counts may differ by 5 %). The causes come
-- with the pairs; here is what they leave of the gap, and the verdict.
with own_pairs as (
    select * from {{ ref('int_own_pairs_compared') }}
),

host_pairs as (
    select * from {{ ref('int_host_pairs_compared') }}
),

other_metrics as (
    select * from {{ ref('int_other_metrics_paired') }}
),

pairs as (
    select * from own_pairs
    union all
    select * from host_pairs
),

compared as (
    select
        *,
        count_b - count_a as gap,
        count_b - count_a - coalesce(gap_time_zone, 0) - coalesce(gap_late_data, 0) - coalesce(gap_window, 0)
        - coalesce(gap_threshold, 0) - coalesce(gap_bots, 0) - coalesce(gap_geography, 0) - gap_missing_source as gap_unexplained
    from pairs
),

final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        day,
        source_a,
        source_b,
        metric_b,
        count_a,
        count_b,
        gap,
        abs(gap)::double precision / greatest(count_a, count_b) as gap_rate,
        case
            when abs(gap) <= 0.05 * greatest(count_a, count_b) then 'within_5_percent'
            when gap_missing_source <> 0 then 'missing_source'
            when abs(gap_unexplained) <= 0.05 * greatest(count_a, count_b) then 'explained'
            else 'unexplained'
        end as verdict,
        gap_time_zone,
        gap_late_data,
        gap_window,
        gap_threshold,
        gap_bots,
        gap_geography,
        gap_missing_source,
        gap_unexplained,
        time_zone,
        counting_window as host_window,
        has_threshold as host_has_threshold,
        filters_bots as host_filters_bots
    from compared
    union all
    select
        tenant_id,
        show_id,
        episode_guid,
        day,
        source_a,
        source_b,
        metric_b,
        count_a,
        count_b,
        null::bigint as gap,
        null::double precision as gap_rate,
        'not_comparable' as verdict,
        null::bigint as gap_time_zone,
        null::bigint as gap_late_data,
        null::bigint as gap_window,
        null::bigint as gap_threshold,
        null::bigint as gap_bots,
        null::bigint as gap_geography,
        null::bigint as gap_missing_source,
        null::bigint as gap_unexplained,
        null::text as time_zone,
        null::text as host_window,
        null::boolean as host_has_threshold,
        null::boolean as host_filters_bots
    from other_metrics
)

select * from final
