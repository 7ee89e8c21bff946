with

credits as (select * from {{ ref('attribution_credits') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

-- Days of the conversion and of the exposure differ (domain rules, section 6); what has no touch stands on its conversion's day in both.
by_basis as (
    select c.*, b.basis, (b.based_at at time zone 'UTC')::date as day
    from credits as c
    cross join lateral (values
        ('conversion_date', c.converted_at), ('exposure_date', coalesce(c.touch_at, c.converted_at))
    ) as b (basis, based_at)
),

-- A refund takes revenue back; it is no conversion.
by_model as (
    select
        b.tenant_id, b.sponsor_id, b.campaign_id, b.placement_id, b.day, m.model, b.basis, b.currency,
        sum(case when b.conversion_kind = 'refund' then 0 else m.weight_ppb end)::bigint as conversions_ppb,
        sum(m.credited_minor)::bigint as revenue_minor
    from by_basis as b
    cross join lateral (values
        {%- for model in attribution_models() %}
        ('{{ model }}', b.{{ model }}_ppb, b.{{ model }}_minor){{ ',' if not loop.last }}
        {%- endfor %}
    ) as m (model, weight_ppb, credited_minor)
    where m.weight_ppb <> 0 or m.credited_minor <> 0
    group by b.tenant_id, b.sponsor_id, b.campaign_id, b.placement_id, b.day, m.model, b.basis, b.currency
),

final as (
    select
        m.tenant_id, m.sponsor_id, m.campaign_id, m.placement_id, m.day, m.model, m.basis, m.currency, p.show_id,
        m.conversions_ppb, m.revenue_minor
    from by_model as m
    left join placements as p on m.tenant_id = p.tenant_id and m.placement_id = p.placement_id
)

select * from final
