-- The days of a placement add up to its rounded spend: CPM x ads / 1000, or the flat price by the days of flight shown.
with days as (
    select
        tenant_id,
        placement_id,
        sum(ads_delivered) as ads_delivered,
        sum(spend_minor) as spend_minor,
        max(day) as last_day,
        min(spend_minor) as least_minor
    from {{ ref('campaign_delivery_daily') }}
    group by tenant_id, placement_id
),

placements as (
    select * from {{ ref('stg_campaigns__placements') }}
),

expected as (
    select
        placements.tenant_id,
        placements.placement_id,
        days.spend_minor,
        days.least_minor,
        case placements.price_model
            when 'cpm' then round(placements.price_minor * days.ads_delivered / 1000)
            when 'revenue_share' then 0
            else
                round(
                    placements.price_minor
                    * (least(days.last_day, placements.flight_end) - placements.flight_start + 1)::numeric
                    / (placements.flight_end - placements.flight_start + 1)
                )
        end as expected_minor
    from placements
    inner join days on placements.tenant_id = days.tenant_id and placements.placement_id = days.placement_id
)

select *
from expected
where spend_minor <> expected_minor or least_minor < 0
