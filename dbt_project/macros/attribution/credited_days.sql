{#
One row per credit under the five built-in models, in the currency that it counts in: the campaign's (the account's, where no touch explains
it); without a rate in its own, apart. `credits`: attribution_credits; `converted`: attribution_credits_converted. `factor`: a column of
`credits`, how often its row counts: -1 takes off what was counted.
#}
{% macro counted_credits(credits, converted, factor=none) %}
    {%- set times = 'c.' ~ factor ~ ' * ' if factor else '' %}
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
        {{ times }}c.{{ model }}_ppb as {{ model }}_ppb,
        {{ times }}coalesce(v.{{ model }}_minor, c.{{ model }}_minor) as {{ model }}_minor,
        {%- endfor %}
        case when v.value_minor is not null then v.currency else c.currency end as currency
    from {{ credits }} as c
    left join {{ converted }} as v
        on c.tenant_id = v.tenant_id and c.conversion_id = v.conversion_id and c.touch_id = v.touch_id
{% endmacro %}

{#
One row per tenant, sponsor, campaign, placement, UTC day, model, basis and currency with credit, fraud and what has no rate apart.
Days of the conversion and of the exposure differ (domain rules, section 6); without a touch both are the conversion's day. A refund takes
revenue back; it is no conversion. `counted`: counted_credits; `custom_credits`: attribution_custom_credits.
#}
{% macro credited_days(counted, custom_credits) %}
    with

    by_basis as (
        select
            c.*,
            b.basis,
            (b.based_at at time zone 'UTC')::date as day
        from {{ counted }} as c
        cross join lateral (
            values
            ('conversion_date', c.converted_at), ('exposure_date', coalesce(c.touch_at, c.converted_at))
        ) as b (basis, based_at)
    ),

    by_model as (
        select
            b.tenant_id, b.sponsor_id, b.campaign_id, b.placement_id, b.day, m.model, b.basis, b.currency, b.is_unconverted, b.is_fraud,
            sum(case when b.conversion_kind = 'refund' then 0 else m.weight_ppb end)::bigint as conversions_ppb,
            sum(m.credited_minor)::bigint as revenue_minor
        from by_basis as b
        cross join lateral (
            values
            {%- for model in attribution_models() %}
            ('{{ model }}', b.{{ model }}_ppb, b.{{ model }}_minor){{ ',' if not loop.last }}
            {%- endfor %}
        ) as m (model, weight_ppb, credited_minor)
        where m.weight_ppb <> 0 or m.credited_minor <> 0
        group by
            b.tenant_id, b.sponsor_id, b.campaign_id, b.placement_id, b.day, m.model, b.basis, b.currency, b.is_unconverted, b.is_fraud
    ),

    -- A tenant's own models, by the same two bases.
    by_custom_model as (
        select
            k.tenant_id, k.sponsor_id, k.campaign_id, k.placement_id,
            (b.based_at at time zone 'UTC')::date as day,
            'custom:' || k.model_id as model,
            b.basis, k.counted_currency as currency, k.is_unconverted, k.is_fraud,
            sum(case when k.conversion_kind = 'refund' then 0 else k.weight_ppb end)::bigint as conversions_ppb,
            sum(k.counted_minor)::bigint as revenue_minor
        from {{ custom_credits }} as k
        cross join lateral (
            values
            ('conversion_date', k.converted_at), ('exposure_date', coalesce(k.touch_at, k.converted_at))
        ) as b (basis, based_at)
        group by
            k.tenant_id, k.sponsor_id, k.campaign_id, k.placement_id, (b.based_at at time zone 'UTC')::date, k.model_id, b.basis,
            k.counted_currency, k.is_unconverted, k.is_fraud
    )

    select * from by_model
    union all
    select * from by_custom_model
{% endmacro %}
