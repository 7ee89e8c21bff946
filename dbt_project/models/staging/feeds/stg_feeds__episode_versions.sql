with items as (
    select * from {{ source('raw_feeds', 'feeds_items') }}
    where xact < (select ops.build_to_xact())
),

snapshots as (
    select * from {{ source('raw_feeds', 'feeds_snapshots') }}
    where xact < (select ops.build_to_xact())
),

newest_lists as (
    select distinct on (tenant_id, show_id)
        tenant_id,
        show_id,
        episode_guids
    from snapshots
    order by tenant_id, show_id, fetched_at desc, xact desc, content_sha256
),

listed as (
    select
        newest_lists.tenant_id,
        newest_lists.show_id,
        guids.episode_guid
    from newest_lists
    cross join lateral unnest(newest_lists.episode_guids) as guids (episode_guid)
),

-- The same order as the newest version's in stg_feeds__episodes, the other way round.
ordered as (
    select
        tenant_id,
        show_id,
        episode_guid,
        title,
        published_at,
        enclosure_url,
        media_key,
        enclosure_type,
        nullif(greatest(enclosure_bytes, 0), 0) as enclosure_bytes,
        nullif(greatest(duration_s, 0), 0) as duration_s,
        fetched_at as valid_from_at,
        row_number() over versions as version_number,
        lead(fetched_at) over versions as valid_to_at,
        lag(title) over versions as title_before,
        lag(media_key) over versions as media_key_before,
        lag(duration_s) over versions as duration_s_before
    from items
    window versions as (partition by tenant_id, show_id, episode_guid order by fetched_at, xact, content_sha256 desc)
),

final as (
    select
        ordered.tenant_id,
        ordered.show_id,
        ordered.episode_guid,
        ordered.version_number,
        ordered.valid_from_at,
        ordered.valid_to_at,
        ordered.valid_to_at is null as is_current,
        listed.episode_guid is not null as is_listed,
        (ordered.title is distinct from ordered.title_before) and ordered.version_number > 1 as is_title_changed,
        (ordered.media_key is distinct from ordered.media_key_before) and ordered.version_number > 1 as is_enclosure_changed,
        (ordered.duration_s is distinct from ordered.duration_s_before) and ordered.version_number > 1 as is_duration_changed,
        ordered.title,
        ordered.published_at,
        ordered.enclosure_url,
        ordered.media_key,
        ordered.enclosure_type,
        ordered.enclosure_bytes,
        ordered.duration_s
    from ordered
    left join listed using (tenant_id, show_id, episode_guid)
)

select * from final
