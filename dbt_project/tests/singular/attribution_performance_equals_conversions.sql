-- Fails with each campaign whose conversions and revenue are not those it owns, or whose kinds of evidence do not add up to them.
with

owned as (
    select
        v.tenant_id,
        v.owner_campaign_id as campaign_id,
        count(*) filter (where v.conversion_kind <> 'refund') as conversions,
        sum(v.value_minor) filter (where v.currency = p.currency) as revenue_minor
    from {{ ref('attribution_conversions') }} as v
    inner join {{ ref('campaign_performance') }} as p on v.tenant_id = p.tenant_id and v.owner_campaign_id = p.campaign_id
    group by v.tenant_id, v.owner_campaign_id
)

select
    p.tenant_id,
    p.campaign_id
from {{ ref('campaign_performance') }} as p
left join owned as o on p.tenant_id = o.tenant_id and p.campaign_id = o.campaign_id
where
    p.conversions <> coalesce(o.conversions, 0)
    or p.revenue_minor <> coalesce(o.revenue_minor, 0)
    or p.conversions <> p.exposure_conversions + p.click_conversions + p.vanity_conversions + p.code_conversions
