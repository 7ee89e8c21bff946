-- One row per placement, universe and model that gives it credit: conversions (parts per billion) and revenue (minor units).
{{ config(pre_hook="{{ hash_joins_only() }}") }}

with

touches as (select * from {{ ref('int_multiverse_paths') }}),

valuations as (
    select distinct
        tenant_id,
        valuation_id as conversion_id,
        value_minor
    from touches
),

paths as (
    select
        tenant_id,
        valuation_id as conversion_id,
        touch_id,
        touch_at,
        source_rank,
        age_s
    from touches
),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

credits as (
    {{ path_credits('paths', 'valuations', 'settings') }}
),

-- By the set of universes first: there are few.
summed as (
    select
        t.tenant_id,
        t.campaign_id,
        t.placement_id,
        {%- for model in attribution_models() %}
        sum(case when t.is_refund then 0 else c.{{ model }}_ppb end) as {{ model }}_ppb,
        sum(c.{{ model }}_minor) as {{ model }}_minor,
        {%- endfor %}
        t.universes
    from credits as c
    inner join touches as t on c.tenant_id = t.tenant_id and c.conversion_id = t.valuation_id and c.touch_id = t.touch_id
    where t.is_counted
    group by t.tenant_id, t.campaign_id, t.placement_id, t.universes
),

final as (
    select
        s.tenant_id,
        s.campaign_id,
        s.placement_id,
        u.window_days,
        u.ip_classes,
        m.model,
        sum(m.conversions_ppb)::bigint as conversions_ppb,
        sum(m.revenue_minor)::bigint as revenue_minor
    from summed as s
    inner join (
        values
        {%- for universe in multiverse_universes() %}
        ({{ universe.bit }}, {{ universe.window_days }}, '{{ universe.ip_classes }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as u (universe, window_days, ip_classes) on s.universes & u.universe <> 0
    cross join
        lateral (
            values
            {%- for model in attribution_models() %}
            ('{{ model }}', s.{{ model }}_ppb, s.{{ model }}_minor){{ ',' if not loop.last }}
            {%- endfor %}
        ) as m (model, conversions_ppb, revenue_minor)  -- noqa: RF04
    where m.conversions_ppb <> 0 or m.revenue_minor <> 0
    group by s.tenant_id, s.campaign_id, s.placement_id, u.window_days, u.ip_classes, m.model
)

select * from final
