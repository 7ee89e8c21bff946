-- Fails with each campaign and model whose ROI stands on another revenue, count of conversions or spend than the marts it comes of,
-- and each campaign that is missing from it.
with

roi as (select * from {{ ref('campaign_roi') }}),

performance as (select * from {{ ref('campaign_performance') }}),

credited as (
    {{ credited_by_model() }}
),

totals as (
    select
        c.tenant_id,
        c.campaign_id,
        c.model,
        sum(c.conversions_ppb) as conversions_ppb
    from credited as c
    where not c.is_fraud
    group by c.tenant_id, c.campaign_id, c.model
)

select
    r.tenant_id,
    p.campaign_id,
    r.model
from performance as p
left join roi as r on p.tenant_id = r.tenant_id and p.campaign_id = r.campaign_id
left join totals as t on r.tenant_id = t.tenant_id and r.campaign_id = t.campaign_id and r.model = t.model
left join credited as c
    on r.tenant_id = c.tenant_id and r.campaign_id = c.campaign_id and r.model = c.model and not c.is_unconverted and not c.is_fraud
where
    r.campaign_id is null
    or r.revenue_minor <> coalesce(c.revenue_minor, 0)
    or r.conversions_ppb <> coalesce(t.conversions_ppb, 0)
    or r.spend_minor <> p.spend_minor
    or (r.spend_minor = 0 and (r.roi is not null or r.roas is not null))
