-- Every ad delivered is shown in the daily mart once.
with delivered as (
    select tenant_id, placement_id, count(*) as ads
    from {{ ref('int_ads_delivered') }}
    group by tenant_id, placement_id
),

shown as (
    select tenant_id, placement_id, sum(ads_delivered) as ads
    from {{ ref('campaign_delivery_daily') }}
    group by tenant_id, placement_id
)

select
    coalesce(delivered.tenant_id, shown.tenant_id) as tenant_id,
    coalesce(delivered.placement_id, shown.placement_id) as placement_id,
    delivered.ads as delivered,
    shown.ads as shown
from delivered
full join shown on delivered.tenant_id = shown.tenant_id and delivered.placement_id = shown.placement_id
where coalesce(delivered.ads, 0) <> coalesce(shown.ads, 0)
