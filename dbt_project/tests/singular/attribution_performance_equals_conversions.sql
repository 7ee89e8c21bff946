-- Fails with each campaign whose conversions and revenue are not those it owns, or whose kinds of evidence do not add up to them.
with

owned as (
    select
        v.tenant_id,
        v.owner_campaign_id as campaign_id,
        count(*) filter (where v.conversion_kind <> 'refund' and not v.is_fraud) as conversions,
        sum(case when v.currency = p.currency then v.value_minor else k.value_minor end) filter (where not v.is_fraud)
            as revenue_minor,
        count(*) filter (where v.currency <> p.currency and k.value_minor is null and not v.is_fraud) > 0 as has_unconverted,
        count(*) filter (where v.conversion_kind <> 'refund' and v.is_fraud) as fraud_conversions,
        coalesce(sum(v.value_minor) filter (where v.is_fraud), 0) as fraud_minor
    from {{ ref('attribution_conversions') }} as v
    inner join {{ ref('campaign_performance') }} as p on v.tenant_id = p.tenant_id and v.owner_campaign_id = p.campaign_id
    left join {{ ref('attribution_values') }} as k
        on v.tenant_id = k.tenant_id and v.conversion_id = k.conversion_id and p.currency = k.currency
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
    or coalesce(o.has_unconverted, false) <> (p.unconverted <> '{}')
    or coalesce(o.fraud_conversions, 0) <> (
        select coalesce(sum((f.value ->> 'conversions')::bigint), 0) from jsonb_each(p.fraud) as f
    )
    or coalesce(o.fraud_minor, 0) <> (
        select coalesce(sum((f.value ->> 'amount_minor')::bigint), 0) from jsonb_each(p.fraud) as f
    )
    or p.conversions <> p.exposure_conversions + p.click_conversions + p.vanity_conversions + p.code_conversions
    + p.survey_conversions
