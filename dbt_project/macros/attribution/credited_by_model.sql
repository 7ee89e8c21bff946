{#
One row per tenant, campaign, currency and model: the conversions and the money that attribution_credits gives, summed anew for the tests
that compare them with a mart. A custom model is named by its id.
#}
{% macro credited_by_model() %}
    select
        c.tenant_id,
        c.campaign_id,
        case when v.value_minor is not null then v.currency else c.currency end as currency,
        v.touch_id is not null and v.value_minor is null as is_unconverted,
        c.is_fraud,
        m.model,
        sum(case when c.conversion_kind = 'refund' then 0 else m.weight_ppb end) as conversions_ppb,
        sum(m.credited_minor) as revenue_minor
    from {{ ref('attribution_credits') }} as c
    left join {{ ref('attribution_credits_converted') }} as v
        on c.tenant_id = v.tenant_id and c.conversion_id = v.conversion_id and c.touch_id = v.touch_id
    cross join
        lateral (
            values
            ('first_touch', c.first_touch_ppb, coalesce(v.first_touch_minor, c.first_touch_minor)),
            ('last_touch', c.last_touch_ppb, coalesce(v.last_touch_minor, c.last_touch_minor)),
            ('linear', c.linear_ppb, coalesce(v.linear_minor, c.linear_minor)),
            ('time_decay', c.time_decay_ppb, coalesce(v.time_decay_minor, c.time_decay_minor)),
            ('position_based', c.position_based_ppb, coalesce(v.position_based_minor, c.position_based_minor))
        ) as m (model, weight_ppb, credited_minor)  -- noqa: RF04
    group by
        c.tenant_id, c.campaign_id, case when v.value_minor is not null then v.currency else c.currency end,
        v.touch_id is not null and v.value_minor is null, c.is_fraud, m.model
    union all
    select
        k.tenant_id,
        k.campaign_id,
        k.counted_currency as currency,
        k.is_unconverted,
        k.is_fraud,
        'custom:' || k.model_id as model,
        sum(case when k.conversion_kind = 'refund' then 0 else k.weight_ppb end) as conversions_ppb,
        sum(k.counted_minor) as revenue_minor
    from {{ ref('attribution_custom_credits') }} as k
    group by k.tenant_id, k.campaign_id, k.counted_currency, k.is_unconverted, k.is_fraud, k.model_id
{% endmacro %}
