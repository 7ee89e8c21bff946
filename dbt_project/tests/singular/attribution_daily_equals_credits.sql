-- Fails where a campaign's daily figures, by either basis, differ from its credits under a model: both bases have the same totals.
with

daily as (
    select
        tenant_id,
        campaign_id,
        currency,
        model,
        basis,
        is_fraud,
        sum(conversions_ppb) as conversions_ppb,
        sum(revenue_minor) as revenue_minor
    from {{ ref('campaign_attribution_daily') }}
    group by tenant_id, campaign_id, currency, model, basis, is_fraud
),

credited as (
    {{ credited_by_model() }}
),

expected as (
    select
        c.*,
        b.basis
    from credited as c
    cross join (values ('conversion_date'), ('exposure_date')) as b (basis)
)

select
    e.tenant_id,
    e.campaign_id,
    e.currency,
    e.model,
    e.basis
from expected as e
full outer join daily as d
    on
        e.tenant_id = d.tenant_id and e.campaign_id = d.campaign_id and e.currency = d.currency
        and e.model = d.model and e.basis = d.basis and e.is_fraud = d.is_fraud
where
    coalesce(e.conversions_ppb, 0) <> coalesce(d.conversions_ppb, 0)
    or coalesce(e.revenue_minor, 0) <> coalesce(d.revenue_minor, 0)
    or e.tenant_id is null
