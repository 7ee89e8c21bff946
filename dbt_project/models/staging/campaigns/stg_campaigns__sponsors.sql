with

source as (select * from {{ source('app_campaigns', 'sponsors') }})

select
    tenant_id,
    sponsor_id,
    name,
    margin_rate,
    lifetime_value_minor,
    lifetime_value_currency,
    created_at
from source
