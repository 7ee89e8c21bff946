{#
The CTEs that follow tail() and give its conversions their credit: `live_credits` (shape of attribution_credits, with `factor`) has each
credit of a conversion of the tail once, and those of a built conversion that a decision on fraud has turned since the build twice: as
decided now, and with factor -1 as built. `live_converted` is what they are worth in the campaign's currency. The rules are those of the
built models, by the same macros.
#}
{% macro tail_credits() %}
sponsors as (select * from {{ source('app_campaigns', 'sponsors') }}),

built_credits as (select * from {{ published(ref('attribution_credits')) }}),

built_converted as (select * from {{ published(ref('attribution_credits_converted')) }}),

-- A refund with its order, of the tail or built; of an order that nobody knows it stands for itself.
refunded as materialized (
    select
        r.tenant_id,
        r.conversion_id,
        r.origin_conversion_id,
        r.sponsor_id,
        r.order_id,
        r.converted_at,
        coalesce(v.converted_at, b.converted_at) as ordered_at,
        coalesce(r.value_minor, -abs(coalesce(v.amount_minor, b.value_minor)), 0) as value_minor,
        case when r.value_minor is null then coalesce(v.currency, b.currency, r.currency) else r.currency end as currency,
        r.is_signed as is_verified,
        coalesce(d.verdict = 'fraud', t.is_fraud, b.is_fraud, false) as is_fraud
    from refunds as r
    left join conversions as v on r.tenant_id = v.tenant_id and r.origin_conversion_id = v.conversion_id
    left join decided as d on v.tenant_id = d.tenant_id and v.conversion_id = d.conversion_id
    left join built_conversions as b on r.tenant_id = b.tenant_id and r.origin_conversion_id = b.conversion_id
    left join turned as t on b.tenant_id = t.tenant_id and b.conversion_id = t.conversion_id
),

tail_conversions as materialized (
    select
        v.tenant_id,
        v.conversion_id,
        null::uuid as origin_conversion_id,
        v.sponsor_id,
        v.conversion_kind,
        v.order_id,
        v.converted_at,
        v.amount_minor as value_minor,
        v.currency,
        v.is_signed as is_verified,
        coalesce(d.verdict = 'fraud', false) as is_fraud,
        (v.converted_at at time zone 'UTC')::date as rate_day
    from conversions as v
    left join decided as d on v.tenant_id = d.tenant_id and v.conversion_id = d.conversion_id
    union all
    select
        tenant_id,
        conversion_id,
        origin_conversion_id,
        sponsor_id,
        'refund' as conversion_kind,
        order_id,
        converted_at,
        value_minor,
        currency,
        is_verified,
        is_fraud,
        (coalesce(ordered_at, converted_at) at time zone 'UTC')::date as rate_day
    from refunded
),

-- A refund inherits its order's path, which was built with the order or is of the tail.
tail_touches as (
    select
        p.*,
        p.conversion_id as credited_id
    from paths as p
    union all
    select
        p.*,
        r.conversion_id as credited_id
    from refunded as r
    inner join paths as p on r.tenant_id = p.tenant_id and r.origin_conversion_id = p.conversion_id
    union all
    select
        c.tenant_id,
        c.conversion_id,
        c.touch_id,
        c.campaign_id,
        c.placement_id,
        c.show_id,
        c.episode_guid,
        c.touch_kind,
        {{ source_rank('c.touch_kind') }} as source_rank,
        c.touch_at,
        c.is_household_only,
        r.conversion_id as credited_id
    from refunded as r
    inner join built_credits as c on r.tenant_id = c.tenant_id and r.origin_conversion_id = c.conversion_id
    where c.path_position > 0
),

tail_eligible as (
    select
        p.*,
        v.sponsor_id,
        v.converted_at as credited_at,
        v.conversion_kind as credited_kind,
        v.order_id,
        v.value_minor,
        v.currency,
        v.is_verified,
        v.is_fraud
    from tail_touches as p
    inner join tail_conversions as v on p.tenant_id = v.tenant_id and p.credited_id = v.conversion_id
),

tail_paths as (
    select {{ credited_columns() }}
    from tail_eligible
    union all
    {{ unattributed_paths('tail_conversions') }}
),

tail_credits as materialized (
    {{ credits_of_paths('tail_paths', 'settings') }}
),

tail_values as materialized (
    {{ counted_values(
        'tail_conversions', 'campaigns', 'sponsors', 'tenants', 'settings', 'rates', 'currencies', built='built_conversions'
    ) }}
),

tail_converted as materialized (
    {{ converted_credits('tail_credits', 'tail_values', 'campaigns', 'tenants', 'settings') }}
),

turned_both as materialized (
    select
        t.tenant_id,
        t.conversion_id,
        s.is_fraud,
        s.factor
    from turned as t
    cross join lateral (values (t.is_fraud, 1), (not t.is_fraud, -1)) as s (is_fraud, factor)
),

live_credits as (
    select
        {{ live_columns('c') }},
        c.is_fraud,
        1 as factor
    from tail_credits as c
    union all
    select
        {{ live_columns('c') }},
        t.is_fraud,
        t.factor
    from turned_both as t
    inner join built_credits as c on t.tenant_id = c.tenant_id and t.conversion_id = c.conversion_id
),

live_converted as (
    select {{ live_converted_columns('c') }}
    from tail_converted as c
    union all
    select {{ live_converted_columns('c') }}
    from turned as t
    inner join built_converted as c on t.tenant_id = c.tenant_id and t.conversion_id = c.conversion_id
)
{% endmacro %}

{% macro live_columns(c) -%}
    {{ c }}.tenant_id, {{ c }}.conversion_id, {{ c }}.touch_id, {{ c }}.sponsor_id, {{ c }}.campaign_id, {{ c }}.placement_id,
        {{ c }}.touch_at, {{ c }}.converted_at, {{ c }}.conversion_kind, {{ c }}.path_position, {{ c }}.value_minor, {{ c }}.currency
        {%- for model in attribution_models() %}, {{ c }}.{{ model }}_ppb, {{ c }}.{{ model }}_minor{% endfor %}
{%- endmacro %}

{% macro live_converted_columns(c) -%}
    {{ c }}.tenant_id, {{ c }}.conversion_id, {{ c }}.touch_id, {{ c }}.value_minor, {{ c }}.currency
    {%- for model in attribution_models() %}, {{ c }}.{{ model }}_minor{% endfor %}
{%- endmacro %}
