-- A tenant's own models over the same paths: a model's window narrows the universe's and never widens it, as it does the
-- account's. Each path is weighed once a model, in the order and by the running shares of attribution_custom_credits.
{{ config(pre_hook=hash_joins_only()) }}

with

models as (select * from {{ ref('stg_campaigns__attribution_models') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

paths as not materialized (
    select
        m.tenant_id,
        m.model_id,
        m.shape,
        m.half_life_s,
        m.position_first,
        m.position_middle,
        m.position_last,
        m.window_s,
        p.valuation_id,
        p.touch_id,
        p.touch_at,
        p.source_rank,
        p.campaign_id,
        p.placement_id,
        p.universes,
        p.is_refund,
        p.is_counted,
        p.value_minor,
        extract(epoch from p.converted_at - p.touch_at) as age_s,
        {{ touch_factor('m', 'p.touch_kind', 'a.position') }} as factor
    from {{ ref('int_multiverse_paths') }} as p
    inner join models as m on p.tenant_id = m.tenant_id
    left join placements as a on p.tenant_id = a.tenant_id and p.placement_id = a.placement_id
),

judged as not materialized (
    select
        *,
        true as is_included
    from paths
    where factor > 0 and age_s <= coalesce(window_s, age_s)
),

{{ custom_shares('judged', 'valuation_id', 'touch_at, source_rank, touch_id') }}

-- By the set of universes first: there are few.
summed as (
    select
        w.tenant_id,
        w.campaign_id,
        w.placement_id,
        w.model_id,
        w.universes,
        sum(case when w.is_refund then 0 else {{ custom_part('1000000000') }} end) as conversions_ppb,
        sum(sign(w.value_minor) * {{ custom_part('abs(w.value_minor)') }}) as revenue_minor
    from running as w
    where w.is_counted and w.weight > 0
    group by w.tenant_id, w.campaign_id, w.placement_id, w.model_id, w.universes
),

final as (
    select
        s.tenant_id,
        s.campaign_id,
        s.placement_id,
        u.window_days,
        u.ip_classes,
        'custom:' || s.model_id as model,
        sum(s.conversions_ppb)::bigint as conversions_ppb,
        sum(s.revenue_minor)::bigint as revenue_minor
    from summed as s
    inner join (
        values
        {%- for universe in multiverse_universes() %}
        ({{ universe.bit }}, {{ universe.window_days }}, '{{ universe.ip_classes }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as u (universe, window_days, ip_classes) on s.universes & u.universe <> 0
    where s.conversions_ppb <> 0 or s.revenue_minor <> 0
    group by s.tenant_id, s.campaign_id, s.placement_id, u.window_days, u.ip_classes, s.model_id
)

select * from final
