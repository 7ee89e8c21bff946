{# One row per tenant, campaign, currency and model: the conversions and the money that attribution_credits gives, summed anew for the
   tests that compare them with a mart. #}
{% macro credited_by_model() %}
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
{% endmacro %}
