with

codes as (select * from {{ source('app_campaigns', 'promo_codes') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

campaigns as (select * from {{ source('app_campaigns', 'campaigns') }}),

final as (
    {{ usable_promo_codes('codes', 'settings', 'campaigns') }}
)

select * from final
