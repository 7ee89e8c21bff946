with

source as (select * from {{ source('app_campaigns', 'tenants') }})

select
    tenant_id,
    slug,
    name,
    currency,
    timezone,
    created_at
from source
