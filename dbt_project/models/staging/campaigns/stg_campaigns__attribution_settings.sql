with

tenants as (select * from {{ source('app_campaigns', 'tenants') }}),

settings as (select * from {{ source('app_campaigns', 'attribution_settings') }}),

final as (
    {{ attribution_settings('tenants', 'settings') }}
)

select * from final
