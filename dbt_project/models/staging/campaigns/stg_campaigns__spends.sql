with

source as (
    select * from {{ source('raw_campaigns', 'campaigns_spend') }}
    where xact < (select ops.build_to_xact())
),

-- A restated day is a new row: the latest stands.
final as (
    select distinct on (tenant_id, sponsor_id, show_id, spend_date)
        tenant_id,
        sponsor_id,
        show_id,
        spend_date,
        currency,
        spend_minor,
        ads_delivered,
        conversion_count,
        revenue_minor
    from source
    order by tenant_id asc, sponsor_id asc, show_id asc, spend_date asc, xact desc, loaded_at desc, content_sha256 asc
)

select * from final
