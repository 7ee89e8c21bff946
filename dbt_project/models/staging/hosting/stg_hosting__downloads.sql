with downloads as (
    select * from {{ source('raw_hosting', 'hosting_downloads') }}
    where xact < (select ops.build_to_xact())
),

-- Hosts restate history: each pull re-reads a trailing 35 days, and the last word on a key stands (domain rules, section 2).
latest as (
    select distinct on (
        tenant_id, source, source_account, show_key, episode_key, metric, grain, period_start, dimension, dimension_value
    )
        hosting_download_id,
        tenant_id,
        show_id,
        source,
        source_account,
        show_key,
        episode_key,
        episode_guid,
        metric,
        metric_standard,
        grain,
        period_start,
        period_end,
        tz,
        dimension,
        dimension_value,
        value,
        is_cumulative,
        media_key,
        fetched_at,
        xact
    from downloads
    order by
        tenant_id, source, source_account, show_key, episode_key, metric, grain, period_start, dimension, dimension_value,
        hosting_download_id desc
),

final as (
    select * from latest
)

select * from final
