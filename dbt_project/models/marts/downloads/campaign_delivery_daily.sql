-- Domain rules, section 6: the spend of a placement is CPM x ads delivered / 1000, or its flat price by day of flight. Both are
-- split over the days by cumulative rounding (the rounded running total minus the one before), so that the days add up.
with campaigns as (
    select * from {{ ref('stg_campaigns__campaigns') }}
),

placements as (
    select * from {{ ref('stg_campaigns__placements') }}
),

ads_delivered as (
    select * from {{ ref('int_ads_delivered') }}
),

delivered_daily as (
    select
        tenant_id,
        placement_id,
        (delivered_at at time zone 'UTC')::date as day,
        count(*) as ads_delivered
    from ads_delivered
    group by tenant_id, placement_id, (delivered_at at time zone 'UTC')::date
),

-- A flat price is spent on every day of the flight, ads or none, up to the day that the build speaks of.
flight_days as (
    select
        tenant_id,
        placement_id,
        generate_series(
            flight_start,
            least(flight_end, ({{ build_as_of() }} at time zone 'UTC')::date),
            interval '1 day'
        )::date as day
    from placements
    where price_model = 'flat'
),

placement_days as (
    select tenant_id, placement_id, day
    from delivered_daily
    union
    select tenant_id, placement_id, day
    from flight_days
),

running as (
    select
        placements.tenant_id,
        placements.campaign_id,
        placements.placement_id,
        placements.show_id,
        placement_days.day,
        coalesce(delivered_daily.ads_delivered, 0) as ads_delivered,
        case placements.price_model
            when 'cpm'
                then round(placements.price_minor * sum(coalesce(delivered_daily.ads_delivered, 0)) over by_day / 1000)
            -- Its cost is of what was sold (campaign_spend_daily), not of what was delivered.
            when 'revenue_share' then 0
            else
                round(
                    placements.price_minor
                    -- Days of flight gone; the tail of a baked-in ad costs nothing more.
                    * (least(placement_days.day, placements.flight_end) - placements.flight_start + 1)::numeric
                    / (placements.flight_end - placements.flight_start + 1)
                )
        end as spent_minor
    from placement_days
    inner join placements using (tenant_id, placement_id)
    left join delivered_daily using (tenant_id, placement_id, day)
    window by_day as (
        partition by placement_days.tenant_id, placement_days.placement_id
        order by placement_days.day
    )
),

final as (
    select
        running.tenant_id,
        running.campaign_id,
        running.placement_id,
        running.day,
        campaigns.sponsor_id,
        running.show_id,
        running.ads_delivered,
        (
            running.spent_minor - lag(running.spent_minor, 1, 0::numeric) over (
                partition by running.tenant_id, running.placement_id
                order by running.day
            )
        )::bigint as spend_minor,
        campaigns.currency
    from running
    inner join campaigns using (tenant_id, campaign_id)
)

select * from final
