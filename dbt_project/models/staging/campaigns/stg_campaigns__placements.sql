with

source as (select * from {{ source('app_campaigns', 'placements') }})

select
    tenant_id, placement_id, campaign_id, show_id, position, insertion, flight_start, flight_end, price_model, price_minor,
    contracted_ads, case when vanity_path <> '' then ops.url_path(vanity_path) end as vanity_path
from source
