with

models as (select * from {{ ref('stg_campaigns__attribution_models') }}),

credits as (select * from {{ ref('attribution_credits') }}),

conversions as (select * from {{ ref('attribution_conversions') }}),

converted as (select * from {{ ref('attribution_credits_converted') }}),

in_tenant as (select * from {{ ref('attribution_values') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

final as (
    {{ custom_credits('models', 'credits', 'conversions', 'converted', 'in_tenant', 'placements', 'tenants') }}
)

select * from final
