with product_events as (
    select * from {{ source('app_product', 'product_events') }}
    where xact < (select ops.build_to_xact())
),

final as (
    select
        tenant_id,
        event_id,
        user_id,
        campaign_id,
        event_name,
        occurred_at,
        properties,
        xact
    from product_events
)

select * from final
