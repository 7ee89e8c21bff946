with

credits as (select * from {{ ref('attribution_credits') }}),

converted as (select * from {{ ref('attribution_credits_converted') }}),

custom_credits as (select * from {{ ref('attribution_custom_credits') }}),

-- In the campaign's currency (the account's, where no touch explains it); without a rate in its own, apart.
counted as (
    select
        c.tenant_id,
        c.sponsor_id,
        c.campaign_id,
        c.placement_id,
        c.touch_at,
        c.converted_at,
        c.conversion_kind,
        v.touch_id is not null and v.value_minor is null as is_unconverted,
        c.is_fraud,
        {%- for model in attribution_models() %}
        c.{{ model }}_ppb,
        coalesce(v.{{ model }}_minor, c.{{ model }}_minor) as {{ model }}_minor,
        {%- endfor %}
        case when v.value_minor is not null then v.currency else c.currency end as currency
    from credits as c
    left join converted as v
        on c.tenant_id = v.tenant_id and c.conversion_id = v.conversion_id and c.touch_id = v.touch_id
),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

-- Days of the conversion and of the exposure differ (domain rules, section 6); without a touch both are the conversion's day.
by_basis as (
    select
        c.*,
        b.basis,
        (b.based_at at time zone 'UTC')::date as day  -- noqa: RF04
    from counted as c
    cross join lateral (
        values
        ('conversion_date', c.converted_at), ('exposure_date', coalesce(c.touch_at, c.converted_at))
    ) as b (basis, based_at)
),

-- A refund takes revenue back; it is no conversion.
by_model as (
    select
        b.tenant_id,
        b.sponsor_id,
        b.campaign_id,
        b.placement_id,
        b.day,
        m.model,
        b.basis,
        b.currency,
        b.is_unconverted,
        b.is_fraud,
        sum(case when b.conversion_kind = 'refund' then 0 else m.weight_ppb end)::bigint as conversions_ppb,
        sum(m.credited_minor)::bigint as revenue_minor
    from by_basis as b
    cross join
        lateral (
            values
            ('first_touch', b.first_touch_ppb, b.first_touch_minor),
            ('last_touch', b.last_touch_ppb, b.last_touch_minor),
            ('linear', b.linear_ppb, b.linear_minor),
            ('time_decay', b.time_decay_ppb, b.time_decay_minor),
            ('position_based', b.position_based_ppb, b.position_based_minor)
        ) as m (model, weight_ppb, credited_minor)  -- noqa: RF04
    where m.weight_ppb <> 0 or m.credited_minor <> 0
    group by
        b.tenant_id, b.sponsor_id, b.campaign_id, b.placement_id, b.day, m.model, b.basis, b.currency, b.is_unconverted,
        b.is_fraud
),

-- A tenant's own models, by the same two bases.
by_custom_model as (
    select
        k.tenant_id,
        k.sponsor_id,
        k.campaign_id,
        k.placement_id,
        (b.based_at at time zone 'UTC')::date as day,  -- noqa: RF04
        'custom:' || k.model_id as model,
        b.basis,
        k.counted_currency as currency,
        k.is_unconverted,
        k.is_fraud,
        sum(case when k.conversion_kind = 'refund' then 0 else k.weight_ppb end)::bigint as conversions_ppb,
        sum(k.counted_minor)::bigint as revenue_minor
    from custom_credits as k
    cross join
        lateral (
            values
            ('conversion_date', k.converted_at), ('exposure_date', coalesce(k.touch_at, k.converted_at))
        ) as b (basis, based_at)
    group by
        k.tenant_id, k.sponsor_id, k.campaign_id, k.placement_id, (b.based_at at time zone 'UTC')::date, k.model_id, b.basis,
        k.counted_currency, k.is_unconverted, k.is_fraud
),

all_models as (
    select * from by_model
    union all
    select * from by_custom_model
),

final as (
    select
        m.tenant_id,
        m.sponsor_id,
        m.campaign_id,
        m.placement_id,
        m.day,
        m.model,
        m.basis,
        m.currency,
        p.show_id,
        m.conversions_ppb,
        m.revenue_minor,
        m.is_unconverted,
        m.is_fraud
    from all_models as m
    left join placements as p on m.tenant_id = p.tenant_id and m.placement_id = p.placement_id
)

select * from final
