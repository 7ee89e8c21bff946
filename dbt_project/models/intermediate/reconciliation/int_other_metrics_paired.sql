{{ config(pre_hook=hash_joins_only()) }}

-- Plays, streams and listeners are other things than downloads: shown beside them under their own name, never set off.
with own_sources as (
    select * from {{ ref('int_own_sources') }}
),

own as (
    select * from {{ ref('int_own_downloads') }}
),

statistics as (
    select * from {{ ref('int_host_statistics') }}
    where
        grain = 'day' and not is_cumulative and episode_key <> '*' and dimension = ''
        and metric in ('play', 'stream', 'listener')
        and period_start > ({{ build_as_of() }} at time zone 'UTC')::date - {{ var('reconciliation_days', 120) }}
),

final as (
    select
        statistics.tenant_id,
        statistics.show_id,
        statistics.episode_guid,
        statistics.period_start as day,
        max(own_sources.source) as source_a,
        statistics.source as source_b,
        statistics.metric as metric_b,
        coalesce(max(own.downloads), 0) as count_a,
        sum(statistics.value)::bigint as count_b
    from statistics
    inner join own_sources on statistics.tenant_id = own_sources.tenant_id and statistics.show_id = own_sources.show_id
    left join own
        on
            statistics.tenant_id = own.tenant_id and statistics.show_id = own.show_id
            and statistics.episode_guid = own.episode_guid and statistics.period_start = own.day
    group by
        statistics.tenant_id, statistics.show_id, statistics.episode_guid, statistics.period_start, statistics.source,
        statistics.metric
)

select * from final
