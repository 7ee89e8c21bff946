with documents as (
    select * from {{ source('raw_feeds', 'feeds_channels') }}
    where xact < (select ops.build_to_xact())
),

latest as (
    select distinct on (tenant_id, show_id)
        tenant_id,
        show_id,
        title,
        podcast_guid,
        language,
        fetched_at,
        xact
    from documents
    -- Equal times are told apart by content, never by chance.
    order by tenant_id, show_id, fetched_at desc, xact desc, content_sha256
),

final as (
    select * from latest
)

select * from final
