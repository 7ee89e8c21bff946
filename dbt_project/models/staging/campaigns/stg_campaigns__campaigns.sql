with

source as (select * from {{ source('app_campaigns', 'campaigns') }})

select
    tenant_id,
    campaign_id,
    sponsor_id,
    name,
    status,
    currency,
    flight_start,
    flight_end,
    goal_kind,
    created_by,
    created_at,
    nullif(btrim(utm_campaign), '') as utm_campaign
from source
