{{
    config(post_hook=[
        "alter view {{ this }} set (security_invoker = true)",
        "grant select on {{ this }} to hostread_reader, hostread_app",
    ])
}}

with

app_models as (select * from {{ source('app_models', 'attribution_models') }}),

versions as (select * from {{ source('app_models', 'attribution_model_versions') }}),

models as (
    {{ newest_models('app_models', 'versions') }}
),

credits as (select * from {{ published(ref('attribution_credits')) }}),

conversions as (select * from {{ published(ref('attribution_conversions')) }}),

converted as (select * from {{ published(ref('attribution_credits_converted')) }}),

in_tenant as (select * from {{ published(ref('attribution_values')) }}),

placements as (select * from {{ source('app_campaigns', 'placements') }}),

tenants as (select * from {{ source('app_campaigns', 'tenants') }}),

final as (
    {{ custom_credits('models', 'credits', 'conversions', 'converted', 'in_tenant', 'placements', 'tenants') }}
)

select * from final
