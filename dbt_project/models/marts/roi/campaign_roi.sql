with

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

own_models as (select * from {{ ref('stg_campaigns__attribution_models') }}),

performance as (select * from {{ ref('campaign_performance') }}),

new_customers as (select * from {{ ref('int_new_customers') }}),

lifetimes as (select * from {{ ref('int_lifetime_values') }}),

-- Revenue that could not be turned into the campaign's currency is not added to it; the conversions are. Fraud stands apart.
attributed as (
    select
        d.tenant_id,
        d.campaign_id,
        d.model,
        sum(d.conversions_ppb)::bigint as conversions_ppb,
        sum(case when d.is_unconverted then 0 else d.conversions_ppb end)::bigint as valued_ppb,
        sum(case when d.is_unconverted then 0 else d.revenue_minor end)::bigint as revenue_minor,
        bool_or(d.is_unconverted) as has_unconverted
    from {{ ref('campaign_attribution_daily') }} as d
    inner join campaigns as c on d.tenant_id = c.tenant_id and d.campaign_id = c.campaign_id
    where d.basis = 'conversion_date' and not d.is_fraud
    group by d.tenant_id, d.campaign_id, d.model
),

-- Under a model, how far the return moves with the window and with what counts as a household.
ranges as (
    select
        tenant_id,
        campaign_id,
        model,
        min(roi) as lowest_roi,
        max(roi) as highest_roi,
        min(roas) as lowest_roas,
        max(roas) as highest_roas
    from {{ ref('campaign_roi_multiverse') }}
    group by tenant_id, campaign_id, model
),

models as (
    {{ campaign_models('campaigns', 'own_models') }}
),

figures as (
    select
        c.tenant_id,
        c.campaign_id,
        m.model,
        c.sponsor_id,
        c.currency,
        s.margin_rate,
        coalesce(p.spend_minor, 0) as spend_minor,
        coalesce(p.visits, 0) as visits,
        coalesce(a.revenue_minor, 0) as revenue_minor,
        coalesce(a.conversions_ppb, 0) as conversions_ppb,
        coalesce(a.valued_ppb, 0) as valued_ppb,
        coalesce(a.has_unconverted, false) as has_unconverted,
        coalesce(n.new_customers_ppb, 0) as new_customers_ppb,
        l.lifetime_value_minor,
        r.lowest_roi,
        r.highest_roi,
        r.lowest_roas,
        r.highest_roas
    from campaigns as c
    inner join sponsors as s on c.tenant_id = s.tenant_id and c.sponsor_id = s.sponsor_id
    inner join models as m on c.tenant_id = m.tenant_id and c.campaign_id = m.campaign_id
    left join performance as p on c.tenant_id = p.tenant_id and c.campaign_id = p.campaign_id
    left join attributed as a on c.tenant_id = a.tenant_id and c.campaign_id = a.campaign_id and m.model = a.model
    left join new_customers as n on c.tenant_id = n.tenant_id and c.campaign_id = n.campaign_id and m.model = n.model
    left join lifetimes as l on c.tenant_id = l.tenant_id and c.campaign_id = l.campaign_id
    left join ranges as r on c.tenant_id = r.tenant_id and c.campaign_id = r.campaign_id and m.model = r.model
),

returned as (
    select
        *,
        {{ return_on('revenue_minor', 'margin_rate', 'spend_minor') }} as roi,
        {{ revenue_on('revenue_minor', 'spend_minor') }} as roas,
        revenue_minor * 1000000000::double precision / nullif(valued_ppb, 0) as aov_minor,
        new_customers_ppb * lifetime_value_minor::double precision / 1000000000 as lifetime_revenue_minor
    from figures
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
        roi,
        roas,
        {{ cost_of('spend_minor', 'conversions_ppb') }} as cpa_minor,
        aov_minor,
        new_customers_ppb,
        {{ cost_of('spend_minor', 'new_customers_ppb') }} as cac_minor,
        visits,
        spend_minor::double precision / nullif(visits, 0) as cpv_minor,
        -- What must come in for ROI 0: without a margin no revenue is enough.
        spend_minor::double precision / nullif(margin_rate, 0)::double precision as break_even_revenue_minor,
        1 / nullif(margin_rate, 0)::double precision as break_even_roas,
        case
            when aov_minor > 0 then spend_minor / nullif(margin_rate, 0)::double precision / aov_minor
        end as break_even_conversions,
        lifetime_value_minor,
        {{ return_on('lifetime_revenue_minor', 'margin_rate::double precision', 'spend_minor') }} as lifetime_roi,
        -- The account's own windows are one more universe.
        least(roi, lowest_roi) as lowest_roi,
        greatest(roi, highest_roi) as highest_roi,
        least(roas, lowest_roas) as lowest_roas,
        greatest(roas, highest_roas) as highest_roas,
        case
            when spend_minor <= 0 then 'no_spend'
            when conversions_ppb = 0 and revenue_minor = 0 then 'no_conversion'
            when has_unconverted then 'revenue_without_rate'
            when revenue_minor < 0 then 'negative_revenue'
            else 'known'
        end as verdict
    from returned
)

select * from final
