with

source as (select * from {{ source('app_campaigns', 'currency_rates') }})

select
    tenant_id,
    from_currency,
    to_currency,
    rate_date,
    rate
from source
