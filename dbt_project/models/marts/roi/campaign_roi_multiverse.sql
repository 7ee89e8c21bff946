with

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

own_models as (select * from {{ ref('stg_campaigns__attribution_models') }}),

models as (
    {{ campaign_models('campaigns', 'own_models') }}
),

credits as (
    select
        tenant_id,
        campaign_id,
        window_days,
        ip_classes,
        model,
        sum(conversions_ppb)::bigint as conversions_ppb,
        sum(revenue_minor)::bigint as revenue_minor
    from {{ ref('int_multiverse_credits') }}
    group by tenant_id, campaign_id, window_days, ip_classes, model
),

spends as (
    select
        tenant_id,
        campaign_id,
        sum(spend_minor)::bigint as spend_minor
    from {{ ref('campaign_spend_daily') }}
    group by tenant_id, campaign_id
),

-- A campaign that no touch explains has its rows, with nothing: so has one without a conversion.
figures as (
    select
        c.tenant_id,
        c.campaign_id,
        u.window_days,
        u.ip_classes,
        m.model,
        c.currency,
        s.margin_rate,
        coalesce(d.spend_minor, 0) as spend_minor,
        coalesce(k.revenue_minor, 0) as revenue_minor,
        coalesce(k.conversions_ppb, 0) as conversions_ppb
    from campaigns as c
    inner join sponsors as s on c.tenant_id = s.tenant_id and c.sponsor_id = s.sponsor_id
    inner join models as m on c.tenant_id = m.tenant_id and c.campaign_id = m.campaign_id
    cross join (
        values
        {%- for universe in multiverse_universes() %}
        ({{ universe.bit }}, {{ universe.window_days }}, '{{ universe.ip_classes }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as u (universe, window_days, ip_classes)
    left join spends as d on c.tenant_id = d.tenant_id and c.campaign_id = d.campaign_id
    left join credits as k
        on
            c.tenant_id = k.tenant_id and c.campaign_id = k.campaign_id and u.window_days = k.window_days
            and u.ip_classes = k.ip_classes and m.model = k.model
),

final as (
    select
        tenant_id,
        campaign_id,
        window_days,
        ip_classes,
        model,
        currency,
        spend_minor,
        revenue_minor,
        conversions_ppb,
        {{ return_on('revenue_minor', 'margin_rate', 'spend_minor') }} as roi,
        {{ revenue_on('revenue_minor', 'spend_minor') }} as roas
    from figures
)

select * from final
