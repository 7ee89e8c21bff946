with

credits as (select * from {{ ref('attribution_credits') }}),

converted as (select * from {{ ref('attribution_credits_converted') }}),

custom_credits as (select * from {{ ref('attribution_custom_credits') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

counted as (
    {{ counted_credits('credits', 'converted') }}
),

all_models as (
    {{ credited_days('counted', 'custom_credits') }}
),

final as (
    select
        m.tenant_id,
        m.sponsor_id,
        m.campaign_id,
        m.placement_id,
        m.day,
        m.model,
        m.basis,
        m.currency,
        p.show_id,
        m.conversions_ppb,
        m.revenue_minor,
        m.is_unconverted,
        m.is_fraud
    from all_models as m
    left join placements as p on m.tenant_id = p.tenant_id and m.placement_id = p.placement_id
)

select * from final
