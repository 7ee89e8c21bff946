with

source as (
    select * from {{ source('raw_campaigns', 'campaigns_orders') }}
    where xact < (select ops.build_to_xact())
),

-- A restated order is a new row: the latest stands.
final as (
    select distinct on (tenant_id, sponsor_id, order_id)
        tenant_id,
        sponsor_id,
        order_id,
        ordered_at,
        value_minor,
        refunded_minor,
        upper(currency) as currency,
        ops.normalized_codes(to_jsonb(promo_code)) as promo_codes
    from source
    order by tenant_id asc, sponsor_id asc, order_id asc, xact desc, loaded_at desc, content_sha256 asc
)

select * from final
