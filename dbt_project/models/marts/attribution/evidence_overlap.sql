with

credits as (select * from {{ ref('attribution_credits') }}),

conversions as (select * from {{ ref('attribution_conversions') }}),

-- One row per campaign and conversion with the kinds of evidence that saw it; neither a refund nor fraud is a conversion.
seen as (
    select
        c.tenant_id,
        c.campaign_id,
        c.conversion_id,
        array_agg(distinct c.touch_kind order by c.touch_kind) as kinds
    from credits as c
    where c.conversion_kind <> 'refund' and not c.is_fraud
    group by c.tenant_id, c.campaign_id, c.conversion_id
),

-- The pairs are made of the few combinations that there are, not of each conversion's.
combinations as (
    select
        s.tenant_id,
        s.campaign_id,
        s.kinds,
        case when v.owner_campaign_id = s.campaign_id then v.owner_touch_kind end as owner_kind,
        count(*) as conversions
    from seen as s
    inner join conversions as v on s.tenant_id = v.tenant_id and s.conversion_id = v.conversion_id
    group by s.tenant_id, s.campaign_id, s.kinds, case when v.owner_campaign_id = s.campaign_id then v.owner_touch_kind end
),

final as (
    select
        c.tenant_id,
        c.campaign_id,
        a.kind as evidence_kind,
        b.kind as other_kind,
        sum(c.conversions)::bigint as conversions,
        coalesce(sum(c.conversions) filter (where c.owner_kind = a.kind), 0)::bigint as owned_conversions,
        coalesce(sum(c.conversions) filter (where cardinality(c.kinds) = 1), 0)::bigint as sole_conversions
    from combinations as c
    cross join lateral unnest(c.kinds) as a (kind)
    cross join lateral unnest(c.kinds) as b (kind)
    group by c.tenant_id, c.campaign_id, a.kind, b.kind
)

select * from final
