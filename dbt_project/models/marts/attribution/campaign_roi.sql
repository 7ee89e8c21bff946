with

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

own_models as (select * from {{ ref('stg_campaigns__attribution_models') }}),

delivery as (
    select
        tenant_id,
        campaign_id,
        sum(spend_minor)::bigint as spend_minor
    from {{ ref('campaign_delivery_daily') }}
    group by tenant_id, campaign_id
),

-- Revenue that could not be turned into the campaign's currency is not added to it; the conversions are. Fraud stands apart.
attributed as (
    select
        d.tenant_id,
        d.campaign_id,
        d.model,
        sum(d.conversions_ppb)::bigint as conversions_ppb,
        sum(case when d.is_unconverted then 0 else d.conversions_ppb end)::bigint as valued_ppb,
        sum(case when d.is_unconverted then 0 else d.revenue_minor end)::bigint as revenue_minor
    from {{ ref('campaign_attribution_daily') }} as d
    inner join campaigns as c on d.tenant_id = c.tenant_id and d.campaign_id = c.campaign_id
    where d.basis = 'conversion_date' and not d.is_fraud
    group by d.tenant_id, d.campaign_id, d.model
),

-- The built-in ones, and those that the tenant made.
models as (
    select
        c.tenant_id,
        c.campaign_id,
        m.model  -- noqa: RF04
    from campaigns as c
    cross join unnest(array{{ attribution_models() }}) as m (model)
    union all
    select
        c.tenant_id,
        c.campaign_id,
        'custom:' || o.model_id as model  -- noqa: RF04
    from campaigns as c
    inner join own_models as o on c.tenant_id = o.tenant_id
),

figures as (
    select
        c.tenant_id,
        c.campaign_id,
        m.model,
        c.sponsor_id,
        c.currency,
        s.margin_rate,
        coalesce(d.spend_minor, 0) as spend_minor,
        coalesce(a.revenue_minor, 0) as revenue_minor,
        coalesce(a.conversions_ppb, 0) as conversions_ppb,
        coalesce(a.valued_ppb, 0) as valued_ppb
    from campaigns as c
    inner join sponsors as s on c.tenant_id = s.tenant_id and c.sponsor_id = s.sponsor_id
    inner join models as m on c.tenant_id = m.tenant_id and c.campaign_id = m.campaign_id
    left join delivery as d on c.tenant_id = d.tenant_id and c.campaign_id = d.campaign_id
    left join attributed as a on c.tenant_id = a.tenant_id and c.campaign_id = a.campaign_id and m.model = a.model
),

final as (
    select
        tenant_id,
        campaign_id,
        model,
        sponsor_id,
        currency,
        margin_rate,
        spend_minor,
        revenue_minor,
        conversions_ppb,
        (revenue_minor * margin_rate - spend_minor)::double precision / nullif(spend_minor, 0) as roi,
        revenue_minor::double precision / nullif(spend_minor, 0) as roas,
        spend_minor * 1000000000::double precision / nullif(conversions_ppb, 0) as cpa_minor,
        revenue_minor * 1000000000::double precision / nullif(valued_ppb, 0) as aov_minor
    from figures
)

select * from final
