-- Domain rules, section 6: delivered against contracted and the share of the flight gone; what is short at the end is made good.
-- The probability and the forecast are those of the last daily run, for the guarantee as it was then.
with

performance as (select * from {{ ref('campaign_performance') }}),

reach as (select * from {{ ref('int_campaign_reach') }}),

forecasts as (
    select * from {{ ref('stg_estimates__campaign_forecasts') }}
    where figure = 'ads'
),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

delivered as (
    select
        tenant_id,
        placement_id,
        sum(ads_delivered) as ads_delivered
    from {{ ref('campaign_delivery_daily') }}
    group by tenant_id, placement_id
),

-- A placement whose flight has run for two whole days at least, and that brought nothing.
silent as (
    select
        p.tenant_id,
        p.campaign_id,
        count(*) as placement_count
    from placements as p
    left join delivered as d on p.tenant_id = d.tenant_id and p.placement_id = d.placement_id
    where
        coalesce(d.ads_delivered, 0) = 0
        and p.flight_start + 2 <= ({{ build_as_of() }} at time zone 'UTC')::date
    group by p.tenant_id, p.campaign_id
),

figures as (
    select
        p.tenant_id,
        p.campaign_id,
        p.sponsor_id,
        p.status,
        p.flight_start,
        p.flight_end,
        p.contracted_ads,
        p.ads_delivered,
        p.flight_elapsed_rate,
        p.delivered_rate,
        p.pacing_rate,
        round(p.contracted_ads * p.flight_elapsed_rate)::bigint as due_ads,
        greatest(round(p.contracted_ads * p.flight_elapsed_rate)::bigint - p.ads_delivered, 0) as under_delivered_ads,
        p.make_good_ads,
        coalesce(f.verdict, 'not_run') as forecast_verdict,
        coalesce(
            f.reason, 'no forecast has been made yet: they are made once a day, the first within minutes of the first build'
        ) as forecast_reason,
        f.expected as forecast_ads,
        f.low as forecast_low_ads,
        f.high as forecast_high_ads,
        case when f.guarantee = p.contracted_ads then f.guarantee_probability end as guarantee_probability,
        case when p.contracted_ads > 0 then greatest(round(p.contracted_ads - f.expected)::bigint, 0) end as expected_make_good_ads,
        coalesce(r.household_count, 0) as household_count,
        coalesce(r.listener_count, 0) as listener_count,
        r.household_ads::double precision / nullif(r.household_count, 0) as frequency,
        coalesce(r.once_count, 0) as once_count,
        coalesce(r.twice_count, 0) as twice_count,
        coalesce(r.often_count, 0) as often_count,
        r.top_tenth_ads::double precision / nullif(r.household_ads, 0) as top_tenth_rate,
        r.household_ads::double precision / nullif(r.ads, 0) as usable_rate,
        coalesce(r.crowded_count, 0) as crowded_household_count,
        r.crowded_ads::double precision / nullif(r.ads, 0) as crowded_rate,
        coalesce(r.tail_ads, 0) as tail_ads,
        coalesce(s.placement_count, 0) as silent_placements
    from performance as p
    left join reach as r on p.tenant_id = r.tenant_id and p.campaign_id = r.campaign_id
    left join forecasts as f on p.tenant_id = f.tenant_id and p.campaign_id = f.campaign_id
    left join silent as s on p.tenant_id = s.tenant_id and p.campaign_id = s.campaign_id
),

final as (
    select
        *,
        array_remove(
            array[
                case when ads_delivered = 0 and flight_elapsed_rate > 0 then 'nothing_delivered' end,
                case when silent_placements > 0 and ads_delivered > 0 then 'placement_without_ads' end,
                case when contracted_ads > 0 and ads_delivered > contracted_ads * 1.1 then 'over_delivered' end,
                case when tail_ads > 0 then 'heard_after_flight' end,
                case when usable_rate < 0.2 then 'few_households' end,
                case when top_tenth_rate > 0.5 and household_count >= 100 then 'concentrated' end
            ], null
        )::text[] as flags
    from figures
)

select * from final
