{#
amount * numerator / denominator, rounded half up, for values that are not negative. In bigint where `fits` says that the product
does; else in numeric, whose div() is exact (its `/` is not).
#}
{% macro rounded_share(amount, numerator, denominator, fits) -%}
    case
        when {{ fits }} then (2 * {{ amount }} * {{ numerator }} + {{ denominator }}) / (2 * {{ denominator }})
        else div(2 * {{ amount }}::numeric * {{ numerator }} + {{ denominator }}, 2 * {{ denominator }})::bigint
    end
{%- endmacro %}

{#
One row per conversion and touch of its path, with its weight (parts per billion) and its part of the value (minor units) under each of
the five models of domain rules, section 5, in one pass over one sort. Each model is a running share of the path, rounded, minus the
one before: so weights sum to 1,000,000,000 and amounts to the value, exactly. The value is split by its absolute and signed again.
`paths`: tenant_id, conversion_id, touch_id, touch_at, source_rank, age_s. `conversions`: value_minor. `settings`: one row a tenant.
#}
{% macro path_credits(paths, conversions, settings) %}
    with

    positions as (
        select
            p.tenant_id,
            p.conversion_id,
            p.touch_id,
            abs(v.value_minor) as amount,
            sign(v.value_minor)::bigint as amount_sign,
            s.position_first_ppb,
            s.position_middle_ppb,
            s.half_life_s,
            p.age_s - min(p.age_s) over (partition by p.tenant_id, p.conversion_id) as age_s,
            row_number() over (
                partition by p.tenant_id, p.conversion_id order by p.touch_at, p.source_rank, p.touch_id
            ) as path_position,
            count(*) over (partition by p.tenant_id, p.conversion_id) as path_length
        from {{ paths }} as p
        inner join {{ conversions }} as v on p.tenant_id = v.tenant_id and p.conversion_id = v.conversion_id
        inner join {{ settings }} as s on p.tenant_id = s.tenant_id
    ),

    -- The running share of the position-based model is edge_ppb / (parts * 1,000,000,000). PostgreSQL raises on underflow: hence the
    -- clamp of the exponent.
    shares as (
        select
            *,
            sum(power(2::double precision, greatest(-age_s / half_life_s, -1000))) over (
                partition by tenant_id, conversion_id order by path_position
            ) as decay_running,
            case
                when path_position = path_length then 1
                when path_length = 2 then 2
                else path_length - 2
            end as parts,
            case
                when path_position = path_length then 1000000000
                when path_length = 2 then 2 * position_first_ppb + position_middle_ppb
                else position_first_ppb * (path_length - 2) + position_middle_ppb * (path_position - 1)
            end as edge_ppb
        from positions
    ),

    decays as (
        select
            *,
            decay_running / max(decay_running) over (partition by tenant_id, conversion_id) as decay_share
        from shares
    ),

    running as (
        select
            *,
            case when path_position = path_length then 1000000000 else 0 end::bigint as last_ppb,
            case when path_position = path_length then amount else 0 end as last_minor,
            (2000000000 * path_position + path_length) / (2 * path_length) as linear_ppb,
            {{ rounded_share('amount', 'path_position', 'path_length', 'amount <= 1000000000000 and path_length <= 1000000') }}
                as linear_minor,
            case when path_position = path_length then 1000000000 else floor(1000000000 * decay_share + 0.5) end::bigint as decay_ppb,
            case
                when path_position = path_length then amount
                else floor(amount::double precision * decay_share + 0.5)::bigint
            end as decay_minor,
            (2 * edge_ppb + parts) / (2 * parts) as position_ppb,
            {{ rounded_share('amount', 'edge_ppb', '(1000000000 * parts)', 'amount <= 4000000000 / parts') }} as position_minor
        from decays
    )

    select
        tenant_id,
        conversion_id,
        touch_id,
        path_position::integer as path_position,
        path_length::integer as path_length,
        case when path_position = 1 then 1000000000 else 0 end::bigint as first_touch_ppb,
        last_ppb as last_touch_ppb,
        linear_ppb - lag(linear_ppb, 1, 0::bigint) over path as linear_ppb,
        decay_ppb - lag(decay_ppb, 1, 0::bigint) over path as time_decay_ppb,
        position_ppb - lag(position_ppb, 1, 0::bigint) over path as position_based_ppb,
        amount_sign * case when path_position = 1 then amount else 0 end as first_touch_minor,
        amount_sign * last_minor as last_touch_minor,
        amount_sign * (linear_minor - lag(linear_minor, 1, 0::bigint) over path) as linear_minor,
        amount_sign * (decay_minor - lag(decay_minor, 1, 0::bigint) over path) as time_decay_minor,
        amount_sign * (position_minor - lag(position_minor, 1, 0::bigint) over path) as position_based_minor
    from running
    window path as (partition by tenant_id, conversion_id order by path_position)
{% endmacro %}
