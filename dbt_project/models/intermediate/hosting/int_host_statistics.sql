with statistics as (
    select * from {{ ref('stg_hosting__downloads') }}
),

media_keys as (
    select * from {{ ref('int_media_keys_resolved') }}
),

-- What the host itself called an episode, in any row of it: one that landed before its GUID was known is not another episode.
named as (
    select distinct on (tenant_id, source, source_account, show_key, episode_key)
        tenant_id,
        source,
        source_account,
        show_key,
        episode_key,
        episode_guid
    from statistics
    where episode_guid is not null
    order by tenant_id, source, source_account, show_key, episode_key, hosting_download_id desc
),

filed as (
    select distinct on (s.tenant_id, s.source, s.source_account, s.show_key, s.episode_key)
        s.tenant_id,
        s.source,
        s.source_account,
        s.show_key,
        s.episode_key,
        media_keys.episode_guid
    from statistics as s
    inner join media_keys
        on s.tenant_id = media_keys.tenant_id and s.show_id = media_keys.show_id and s.media_key = media_keys.media_key
    order by s.tenant_id, s.source, s.source_account, s.show_key, s.episode_key, s.hosting_download_id desc
),

-- A host that names no GUID names its file, which the feed knows. One that names neither stands under its own key.
final as (
    select
        s.hosting_download_id,
        s.tenant_id,
        s.show_id,
        s.source,
        s.source_account,
        s.show_key,
        s.episode_key,
        case
            when s.episode_key = '*' then '*'
            else coalesce(named.episode_guid, filed.episode_guid, s.source || ':' || s.episode_key)
        end as episode_guid,
        s.metric,
        s.metric_standard,
        s.grain,
        s.period_start,
        s.period_end,
        s.tz,
        s.dimension,
        s.dimension_value,
        s.value,
        s.is_cumulative,
        s.fetched_at
    from statistics as s
    left join named using (tenant_id, source, source_account, show_key, episode_key)
    left join filed using (tenant_id, source, source_account, show_key, episode_key)
)

select * from final
