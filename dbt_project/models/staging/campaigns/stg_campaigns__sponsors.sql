with

source as (select * from {{ source('app_campaigns', 'sponsors') }})

select
    tenant_id,
    sponsor_id,
    name,
    margin_rate,
    created_at
from source
