-- Fails with each campaign and model whose return shows another spend than its placements cost, or whose weeks add up to another
-- spend, revenue or number of conversions, on either basis; and each campaign that has no return at all.
with

spends as (
    select
        c.tenant_id,
        c.campaign_id,
        coalesce(sum(d.spend_minor), 0) as spend_minor
    from {{ ref('stg_campaigns__campaigns') }} as c
    left join {{ ref('campaign_spend_daily') }} as d on c.tenant_id = d.tenant_id and c.campaign_id = d.campaign_id
    group by c.tenant_id, c.campaign_id
),

cohorts as (
    select
        tenant_id,
        campaign_id,
        model,
        basis,
        sum(spend_minor) as spend_minor,
        sum(revenue_minor) as revenue_minor,
        sum(conversions_ppb) as conversions_ppb
    from {{ ref('campaign_roi_cohorts') }}
    group by tenant_id, campaign_id, model, basis
)

select
    s.tenant_id,
    s.campaign_id,
    r.model,
    b.basis
from spends as s
left join {{ ref('campaign_roi') }} as r on s.tenant_id = r.tenant_id and s.campaign_id = r.campaign_id
cross join unnest(array['conversion_date', 'exposure_date']) as b (basis)
left join cohorts as c
    on r.tenant_id = c.tenant_id and r.campaign_id = c.campaign_id and r.model = c.model and b.basis = c.basis
where
    r.campaign_id is null
    or r.spend_minor <> s.spend_minor
    or r.spend_minor <> coalesce(c.spend_minor, 0)
    or r.revenue_minor <> coalesce(c.revenue_minor, 0)
    or r.conversions_ppb <> coalesce(c.conversions_ppb, 0)
