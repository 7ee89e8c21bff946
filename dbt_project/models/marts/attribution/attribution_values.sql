{{ config(indexes=[{'columns': ['tenant_id', 'conversion_id', 'currency'], 'unique': True}], post_hook='analyze {{ this }}') }}

with

converted_orders as (select * from {{ ref('int_conversions') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

rates as not materialized (select * from {{ ref('stg_campaigns__currency_rates') }}),

currencies as (select * from {{ ref('currencies') }}),

-- A refund has the rate of the order it takes back.
conversions as (
    select
        v.*,
        (coalesce(o.converted_at, v.converted_at) at time zone 'UTC')::date as rate_day
    from converted_orders as v
    left join converted_orders as o on v.tenant_id = o.tenant_id and v.origin_conversion_id = o.conversion_id
),

final as (
    {{ counted_values('conversions', 'campaigns', 'sponsors', 'tenants', 'settings', 'rates', 'currencies') }}
)

select * from final
