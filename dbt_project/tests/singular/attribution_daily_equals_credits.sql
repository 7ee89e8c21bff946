-- Fails where a campaign's daily figures, by either basis, differ from its credits under a model: both bases have the same totals.
with

daily as (
    select
        tenant_id,
        campaign_id,
        currency,
        model,
        basis,
        sum(conversions_ppb) as conversions_ppb,
        sum(revenue_minor) as revenue_minor
    from {{ ref('campaign_attribution_daily') }}
    group by tenant_id, campaign_id, currency, model, basis
),

credited as (
    select
        c.tenant_id,
        c.campaign_id,
        c.currency,
        m.model,
        sum(case when c.conversion_kind = 'refund' then 0 else m.weight_ppb end) as conversions_ppb,
        sum(m.credited_minor) as revenue_minor
    from {{ ref('attribution_credits') }} as c
    cross join
        lateral (
            values
            ('first_touch', c.first_touch_ppb, c.first_touch_minor),
            ('last_touch', c.last_touch_ppb, c.last_touch_minor),
            ('linear', c.linear_ppb, c.linear_minor),
            ('time_decay', c.time_decay_ppb, c.time_decay_minor),
            ('position_based', c.position_based_ppb, c.position_based_minor)
        ) as m (model, weight_ppb, credited_minor)  -- noqa: RF04
    group by c.tenant_id, c.campaign_id, c.currency, m.model
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
        and e.model = d.model and e.basis = d.basis
where
    coalesce(e.conversions_ppb, 0) <> coalesce(d.conversions_ppb, 0)
    or coalesce(e.revenue_minor, 0) <> coalesce(d.revenue_minor, 0)
    or e.tenant_id is null
