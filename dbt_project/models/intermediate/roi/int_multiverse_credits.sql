-- One row per placement, universe and model that gives it credit: conversions (parts per billion) and revenue (minor units).

with

paths as not materialized (
    select
        *,
        valuation_id as conversion_id
    from {{ ref('int_multiverse_paths') }}
),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

shared as not materialized (
    {{ path_shares('paths', 'settings', carried=[
        'campaign_id', 'placement_id', 'universes', 'is_refund', 'is_counted', 'value_minor'
    ]) }}
),

credited as not materialized (
    select
        s.tenant_id,
        s.campaign_id,
        s.placement_id,
        s.universes,
        s.is_refund,
        {{ credited_shares('s', 's.value_minor') }}
    from shared as s
    where s.is_counted
),

-- By the set of universes first: there are few.
summed as (
    select
        tenant_id,
        campaign_id,
        placement_id,
        {%- for model in attribution_models() %}
        sum(case when is_refund then 0 else {{ model }}_ppb end) as {{ model }}_ppb,
        sum({{ model }}_minor) as {{ model }}_minor,
        {%- endfor %}
        universes
    from credited
    group by tenant_id, campaign_id, placement_id, universes
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
union all
select * from {{ ref('int_multiverse_custom_credits') }}
