-- A counter's steps add up to its last snapshot less its first: nothing is counted twice between two of them, nothing is lost.
with snapshots as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        metric,
        grain,
        (array_agg(value order by period_end desc, hosting_download_id desc))[1]
        - (array_agg(value order by period_end, hosting_download_id))[1] as risen
    from {{ ref('int_host_statistics') }}
    where is_cumulative and dimension = '' and metric <> 'follower'
    group by tenant_id, show_id, episode_guid, source, source_account, show_key, episode_key, metric, grain
),

counters as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        metric,
        grain,
        sum(risen) as risen
    from snapshots
    group by tenant_id, show_id, episode_guid, source, metric, grain
),

shown as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        metric,
        grain,
        coalesce(sum(value), 0) as steps
    from {{ ref('episode_statistics_daily') }}
    where measure = 'counter'
    group by tenant_id, show_id, episode_guid, source, metric, grain
)

select
    tenant_id,
    show_id,
    episode_guid,
    source,
    metric,
    grain,
    counters.risen,
    shown.steps
from counters
full join shown using (tenant_id, show_id, episode_guid, source, metric, grain)
where counters.risen is distinct from shown.steps
