with items as (
    select * from {{ source('raw_feeds', 'feeds_items') }}
    where xact < (select ops.build_to_xact())
),

-- Every file an episode was ever published under: old enclosure URLs stay in apps' queues for weeks.
final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        media_key,
        min(fetched_at) as first_seen_at
    from items
    where media_key is not null
    group by tenant_id, show_id, episode_guid, media_key
)

select * from final
