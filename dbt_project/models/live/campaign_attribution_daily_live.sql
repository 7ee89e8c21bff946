{{
    config(post_hook=[
        "alter view {{ this }} set (security_invoker = true)",
        "grant select on {{ this }} to hostread_reader, hostread_app",
    ])
}}

with

{{ tail() }},

{{ tail_credits() }},

built as (select * from {{ published(ref('campaign_attribution_daily')) }}),

built_custom as (select * from {{ published(ref('attribution_custom_credits')) }}),

app_models as (select * from {{ source('app_models', 'attribution_models') }}),

app_versions as (select * from {{ source('app_models', 'attribution_model_versions') }}),

-- As the build has them: a model or version of after it waits, for its figures are of all history.
versions as (
    select v.*
    from app_versions as v
    where
        v.version = (
            select k.version from built_custom as k
            where k.tenant_id = v.tenant_id and k.model_id = v.model_id
            order by k.conversion_id
            limit 1
        )
),

models as (
    {{ newest_models('app_models', 'versions') }}
),

-- A custom model ages a refund's touches by its order's time.
orders as (
    select
        tenant_id,
        conversion_id,
        origin_conversion_id,
        converted_at
    from tail_conversions
    union
    select
        tenant_id,
        origin_conversion_id as conversion_id,
        null::uuid as origin_conversion_id,
        ordered_at as converted_at
    from refunded
    where ordered_at is not null
),

tail_custom as (
    {{ custom_credits('models', 'tail_credits', 'orders', 'tail_converted', 'tail_values', 'app_placements', 'tenants') }}
),

{%- set custom = [
    'tenant_id', 'model_id', 'sponsor_id', 'campaign_id', 'placement_id', 'touch_at', 'converted_at', 'conversion_kind',
    'counted_currency', 'is_unconverted',
] %}

live_custom as (
    select
        {{ custom | join(', ') }},
        is_fraud,
        weight_ppb,
        counted_minor
    from tail_custom
    union all
    select
        k.{{ custom | join(', k.') }},
        t.is_fraud,
        t.factor * k.weight_ppb as weight_ppb,
        t.factor * k.counted_minor as counted_minor
    from turned_both as t
    inner join built_custom as k on t.tenant_id = k.tenant_id and t.conversion_id = k.conversion_id
),

counted as (
    {{ counted_credits('live_credits', 'live_converted', factor='factor') }}
),

added as (
    {{ credited_days('counted', 'live_custom') }}
),

{%- set days = [
    'tenant_id', 'sponsor_id', 'campaign_id', 'placement_id', 'day', 'model', 'basis', 'currency', 'conversions_ppb',
    'revenue_minor', 'is_unconverted', 'is_fraud',
] %}

united as (
    select
        b.{{ days | join(', b.') }},
        false as is_live
    from built as b
    union all
    select
        a.{{ days | join(', a.') }},
        true as is_live
    from added as a
),

summed as (
    select
        tenant_id,
        sponsor_id,
        campaign_id,
        placement_id,
        day,
        model,
        basis,
        currency,
        is_unconverted,
        is_fraud,
        sum(conversions_ppb)::bigint as conversions_ppb,
        sum(revenue_minor)::bigint as revenue_minor,
        bool_or(is_live) as is_live
    from united
    group by tenant_id, sponsor_id, campaign_id, placement_id, day, model, basis, currency, is_unconverted, is_fraud
),

final as (
    select
        s.tenant_id,
        s.sponsor_id,
        s.campaign_id,
        s.placement_id,
        s.day,
        s.model,
        s.basis,
        s.currency,
        p.show_id,
        s.conversions_ppb,
        s.revenue_minor,
        s.is_unconverted,
        s.is_fraud,
        s.is_live
    from summed as s
    left join app_placements as p on s.tenant_id = p.tenant_id and s.placement_id = p.placement_id
    -- A decision on fraud may have taken off all that there was.
    where not s.is_live or s.conversions_ppb <> 0 or s.revenue_minor <> 0
)

select * from final
