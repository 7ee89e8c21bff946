with

source as (select * from {{ source('app_campaigns', 'sites') }})

select
    tenant_id,
    site_id,
    sponsor_id,
    name,
    domain,
    created_at,
    disabled_at
from source
