-- Fails with each campaign whose overlap of evidence does not add up to its conversions: the owned ones of the diagonal to those it
-- owns, each kind's to those with a touch of it; and with each pair that is not the same both ways.
with

overlap as (select * from {{ ref('evidence_overlap') }}),

owned as (
    select
        tenant_id,
        owner_campaign_id as campaign_id,
        owner_touch_kind as evidence_kind,
        count(*) as conversions
    from {{ ref('attribution_conversions') }}
    where conversion_kind <> 'refund' and not is_fraud
    group by tenant_id, owner_campaign_id, owner_touch_kind
),

seen as (
    select
        tenant_id,
        campaign_id,
        touch_kind as evidence_kind,
        count(distinct conversion_id) as conversions
    from {{ ref('attribution_credits') }}
    where conversion_kind <> 'refund' and not is_fraud
    group by tenant_id, campaign_id, touch_kind
),

diagonal as (
    select * from overlap
    where evidence_kind = other_kind
)

select
    coalesce(d.tenant_id, s.tenant_id) as tenant_id,
    coalesce(d.campaign_id, s.campaign_id) as campaign_id,
    coalesce(d.evidence_kind, s.evidence_kind) as evidence_kind
from diagonal as d
full outer join seen as s on d.tenant_id = s.tenant_id and d.campaign_id = s.campaign_id and d.evidence_kind = s.evidence_kind
left join owned as o on d.tenant_id = o.tenant_id and d.campaign_id = o.campaign_id and d.evidence_kind = o.evidence_kind
where
    d.conversions is distinct from s.conversions
    or d.owned_conversions is distinct from coalesce(o.conversions, 0)
    or d.sole_conversions > d.conversions
union all
select
    a.tenant_id,
    a.campaign_id,
    a.evidence_kind
from overlap as a
left join overlap as b
    on
        a.tenant_id = b.tenant_id and a.campaign_id = b.campaign_id
        and a.evidence_kind = b.other_kind and a.other_kind = b.evidence_kind
where a.conversions is distinct from b.conversions
