-- Domain rules, section 6. CPM and flat prices as campaign_delivery_daily has them; a revenue share is a rate of the revenue that
-- the placement owns, by strongest evidence, on the conversion's day: after refunds, in the campaign's currency, without fraud. The
-- days are the rounded running total minus the one before, so that they add up; a day of refunds takes back.
with

delivery as (select * from {{ ref('campaign_delivery_daily') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

conversions as (select * from {{ ref('attribution_conversions') }}),

attribution_values as (select * from {{ ref('attribution_values') }}),

-- What no rate turns into the campaign's currency has no share: it stands apart as unconverted.
owned as (
    select
        p.tenant_id,
        p.placement_id,
        p.campaign_id,
        c.sponsor_id,
        p.show_id,
        c.currency,
        p.share_rate,
        (v.converted_at at time zone 'UTC')::date as day,  -- noqa: RF04
        sum(case when v.currency = c.currency then v.value_minor else coalesce(k.value_minor, 0) end) as revenue_minor
    from placements as p
    inner join campaigns as c on p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id
    inner join conversions as v on p.tenant_id = v.tenant_id and p.placement_id = v.owner_placement_id
    left join attribution_values as k
        on v.tenant_id = k.tenant_id and v.conversion_id = k.conversion_id and c.currency = k.currency
    where p.price_model = 'revenue_share' and not v.is_fraud
    group by
        p.tenant_id, p.placement_id, p.campaign_id, c.sponsor_id, p.show_id, c.currency, p.share_rate,
        (v.converted_at at time zone 'UTC')::date
),

running as (
    select
        *,
        round(share_rate * sum(revenue_minor) over (partition by tenant_id, placement_id order by day)) as shared_minor
    from owned
),

shared as (
    select
        *,
        (shared_minor - lag(shared_minor, 1, 0::numeric) over (partition by tenant_id, placement_id order by day))::bigint
            as spend_minor
    from running
),

final as (
    select
        coalesce(d.tenant_id, s.tenant_id) as tenant_id,
        coalesce(d.campaign_id, s.campaign_id) as campaign_id,
        coalesce(d.placement_id, s.placement_id) as placement_id,
        coalesce(d.day, s.day) as day,  -- noqa: RF04
        coalesce(d.sponsor_id, s.sponsor_id) as sponsor_id,
        coalesce(d.show_id, s.show_id) as show_id,
        coalesce(d.ads_delivered, 0) as ads_delivered,
        coalesce(d.spend_minor, 0) + coalesce(s.spend_minor, 0) as spend_minor,
        coalesce(d.currency, s.currency) as currency
    from delivery as d
    full outer join shared as s on d.tenant_id = s.tenant_id and d.placement_id = s.placement_id and d.day = s.day
)

select * from final
