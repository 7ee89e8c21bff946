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
One row per row of `paths` (tenant_id, conversion_id, touch_id, touch_at, source_rank and `carried`), with its place in its path and its
running shares, up to it and up to the one before, for the columns of credited_shares: three windows over one sort, whose order is the
path's. `precedence` is the touch's as evidence (evidence_owners) and `best_precedence` that of the path's owner. A row without a touch
stands for the conversion: it comes last, and where it is alone it is a path of one. `settings`: one row a tenant.
PostgreSQL raises on underflow: hence the clamp of the exponent, and ages from the path's latest touch.
#}
{% macro path_shares(paths, settings, carried=[]) %}
    with

    positions as (
        select
            p.tenant_id,
            p.conversion_id,
            p.touch_id,
            p.touch_at,
            p.source_rank,
            {%- for column in carried %}
            p.{{ column }},
            {%- endfor %}
            s.position_first_ppb,
            s.position_middle_ppb,
            s.half_life_s,
            row_number() over path as path_position,
            greatest(count(p.touch_id) over path, 1) as path_length,
            max(p.touch_at) over path as last_touch_at
        from {{ paths }} as p
        inner join {{ settings }} as s on p.tenant_id = s.tenant_id
        window path as ({{ path_window('p') }} rows between unbounded preceding and unbounded following)
    ),

    weighed as (
        select
            *,
            power(2::double precision, greatest(date_part('epoch', touch_at - last_touch_at) / half_life_s, -1000)) as decay,
            case when path_length > 2 then path_length - 2 else path_length end as parts,
            {% if 'is_household_only' in carried -%}
            {{ evidence_rank() }} * 4294967296 + path_position
            {%- else -%}
            null::bigint
            {%- endif %} as precedence
        from positions
    ),

    totals as (
        select
            *,
            sum(decay) over path as decay_total,
            max(precedence) over path as best_precedence
        from weighed
        window path as ({{ path_window() }} rows between unbounded preceding and unbounded following)
    ),

    running as (
        select
            *,
            coalesce(sum(decay) over ({{ path_window() }} rows between unbounded preceding and 1 preceding), 0) as decay_before
        from totals
    )

    select
        r.*,
        coalesce(r.decay_before / r.decay_total, 0) as decay_share_before,
        case when r.path_position = r.path_length then 1 else (r.decay_before + r.decay) / r.decay_total end as decay_share,
        case
            when r.path_position = 1 then 0
            when r.path_length = 2 then 2 * r.position_first_ppb + r.position_middle_ppb
            else r.position_first_ppb * r.parts + r.position_middle_ppb * (r.path_position - 2)
        end as edge_before,
        case
            when r.path_position = r.path_length then 1000000000 * r.parts
            when r.path_length = 2 then 2 * r.position_first_ppb + r.position_middle_ppb
            else r.position_first_ppb * r.parts + r.position_middle_ppb * (r.path_position - 1)
        end as edge
    from running as r
{% endmacro %}

{# The order of a path (domain rules, section 5), in each of its windows: one sort serves them all. #}
{% macro path_window(p='') -%}
    {%- set p = p ~ '.' if p else '' -%}
    partition by {{ p }}tenant_id, {{ p }}conversion_id order by {{ p }}touch_at, {{ p }}source_rank, {{ p }}touch_id
{%- endmacro %}

{#
The weight (parts per billion) and the part of `value` (minor units) of a row of path_shares under each of the five models of domain rules,
section 5. Each model is a running share of the path, rounded, minus the one before: so weights sum to 1,000,000,000 and amounts to the
value, exactly. The value is split by its absolute and signed again. Up to the last touch the share is 1, whatever floating point says.
#}
{% macro credited_shares(p, value) -%}
    {%- set amount = 'abs(' ~ value ~ ')' -%}
    {%- set small = amount ~ ' <= 1000000000000 and ' ~ p ~ '.path_length <= 1000000' -%}
    {%- set even_smaller = amount ~ ' <= 4000000000 / ' ~ p ~ '.parts' -%}
    {%- set edges = '(1000000000 * ' ~ p ~ '.parts)' -%}
    case when {{ p }}.path_position = 1 then 1000000000 else 0 end::bigint as first_touch_ppb,
    case when {{ p }}.path_position = {{ p }}.path_length then 1000000000 else 0 end::bigint as last_touch_ppb,
    (2000000000 * {{ p }}.path_position + {{ p }}.path_length) / (2 * {{ p }}.path_length)
    - (2000000000 * ({{ p }}.path_position - 1) + {{ p }}.path_length) / (2 * {{ p }}.path_length) as linear_ppb,
    floor(1000000000 * {{ p }}.decay_share + 0.5)::bigint - floor(1000000000 * {{ p }}.decay_share_before + 0.5)::bigint
        as time_decay_ppb,
    (2 * {{ p }}.edge + {{ p }}.parts) / (2 * {{ p }}.parts) - (2 * {{ p }}.edge_before + {{ p }}.parts) / (2 * {{ p }}.parts)
        as position_based_ppb,
    case when {{ p }}.path_position = 1 then {{ value }} else 0 end as first_touch_minor,
    case when {{ p }}.path_position = {{ p }}.path_length then {{ value }} else 0 end as last_touch_minor,
    sign({{ value }})::bigint * (
        {{ rounded_share(amount, p ~ '.path_position', p ~ '.path_length', small) }}
        - {{ rounded_share(amount, '(' ~ p ~ '.path_position - 1)', p ~ '.path_length', small) }}
    ) as linear_minor,
    sign({{ value }})::bigint * (
        case
            when {{ p }}.path_position = {{ p }}.path_length then {{ amount }}
            else floor({{ amount }}::double precision * {{ p }}.decay_share + 0.5)::bigint
        end
        - floor({{ amount }}::double precision * {{ p }}.decay_share_before + 0.5)::bigint
    ) as time_decay_minor,
    sign({{ value }})::bigint * (
        {{ rounded_share(amount, p ~ '.edge', edges, even_smaller) }} - {{ rounded_share(amount, p ~ '.edge_before', edges, even_smaller) }}
    ) as position_based_minor
{%- endmacro %}

{#
One row per conversion and touch of its path, with its credit under the five models (path_shares, credited_shares).
`paths`: tenant_id, conversion_id, touch_id, touch_at, source_rank. `conversions`: value_minor. `settings`: one row a tenant.
#}
{% macro path_credits(paths, conversions, settings) %}
    select
        p.tenant_id,
        p.conversion_id,
        p.touch_id,
        p.path_position::integer as path_position,
        p.path_length::integer as path_length,
        {{ credited_shares('p', 'v.value_minor') }}
    from ({{ path_shares(paths, settings) }}) as p
    inner join {{ conversions }} as v on p.tenant_id = v.tenant_id and p.conversion_id = v.conversion_id
{% endmacro %}
