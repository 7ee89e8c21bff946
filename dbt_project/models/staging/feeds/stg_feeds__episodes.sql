with items as (
    select * from {{ source('raw_feeds', 'feeds_items') }}
    where xact < (select ops.build_to_xact())
),

latest as (
    select distinct on (tenant_id, show_id, episode_guid)
        tenant_id,
        show_id,
        episode_guid,
        title,
        published_at,
        enclosure_url,
        media_key,
        enclosure_type,
        -- Feeds write 0 where they do not know: no file has no bytes and no episode lasts no time.
        nullif(greatest(enclosure_bytes, 0), 0) as enclosure_bytes,
        nullif(greatest(duration_s, 0), 0) as duration_s,
        fetched_at,
        xact
    from items
    order by tenant_id, show_id, episode_guid, fetched_at desc, xact desc, content_sha256
),

final as (
    select * from latest
)

select * from final
