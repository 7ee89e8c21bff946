{{ config(indexes=[{'columns': ['tenant_id', 'conversion_id', 'touch_id'], 'unique': True}], post_hook='analyze {{ this }}') }}

with

credits as (select * from {{ ref('attribution_credits') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

attribution_values as (select * from {{ ref('attribution_values') }}),

final as (
    {{ converted_credits('credits', 'attribution_values', 'campaigns', 'tenants', 'settings') }}
)

select * from final
