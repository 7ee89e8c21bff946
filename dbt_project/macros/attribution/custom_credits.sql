{# One row per custom model that is not archived, with the parameters of its newest version. #}
{% macro newest_models(models, versions) %}
    select distinct on (v.tenant_id, v.model_id) v.*, m.name
    from {{ versions }} as v
    inner join {{ models }} as m on v.tenant_id = m.tenant_id and v.model_id = m.model_id
    where m.archived_at is null
    order by v.tenant_id, v.model_id, v.version desc
{% endmacro %}

{# amount * the running share of the path, rounded half up, for amounts that are not negative; numeric, whose div() is exact. #}
{% macro running_part(amount, running) -%} div(2 * {{ amount }} * {{ running }} + total, 2 * total) {%- endmacro %}

{# What a custom model makes of a kind of touch, times what it makes of the place of its ad in the episode: 0 leaves it out of the path. #}
{% macro touch_factor(model, touch_kind, position) -%}
    case {{ touch_kind }}
        when 'click' then {{ model }}.click_factor when 'vanity' then {{ model }}.vanity_factor
        when 'code' then {{ model }}.code_factor when 'exposure' then {{ model }}.exposure_factor
        when 'survey' then {{ model }}.survey_factor else 0
    end
    * case {{ position }}
        when 'pre_roll' then {{ model }}.pre_roll_factor when 'mid_roll' then {{ model }}.mid_roll_factor
        when 'post_roll' then {{ model }}.post_roll_factor else 1
    end
{%- endmacro %}

{#
CTEs `positions`, `weighed` and `running` over the touches of `judged` (tenant_id, model_id, is_included, factor, age_s and the model's
parameters): `running` has the running weight up to each touch that is included, in the order of the columns `path_order`, and the `total` of its path, which
`path` names beside the tenant and the model.
#}
{% macro custom_shares(judged, path, path_order) -%}
    positions as (
        select
            *,
            bool_or(is_included) over path as has_path,
            count(*) filter (where is_included) over path as touches,
            count(*) filter (where is_included) over (partition by tenant_id, model_id, {{ path }} order by {{ path_order }}) as place,
            age_s - min(age_s) filter (where is_included) over path as relative_age_s,
            row_number() over (partition by tenant_id, model_id, {{ path }} order by {{ path_order }}) as row_place
        from {{ judged }}
        window path as (partition by tenant_id, model_id, {{ path }})
    ),

    -- Positions weigh a, m / (n - 2), b: times n - 2, so that nothing is divided before the end.
    weighed as (
        select
            *,
            factor * case shape
                when 'first' then case when place = 1 then 1 else 0 end
                when 'last' then case when place = touches then 1 else 0 end
                when 'time_decay'
                    then power(2::double precision, greatest(-relative_age_s::double precision / half_life_s, -1000))::numeric
                when 'position_based' then case
                    when touches = 1 then 1
                    when touches = 2 then case place when 1 then position_first else position_last end + position_middle / 2
                    when place = 1 then position_first * (touches - 2)
                    when place = touches then position_last * (touches - 2)
                    else position_middle
                end
                else 1
            end as weight
        from positions
        where is_included
    ),

    running as (
        select
            *,
            sum(weight) over (partition by tenant_id, model_id, {{ path }} order by {{ path_order }}) as running,
            sum(weight) over (partition by tenant_id, model_id, {{ path }}) as total
        from weighed
    ),
{%- endmacro %}

{# The part of `amount` (parts per billion, or minor units, not negative) of a row `w` of `running`: its rounded total minus the one before. #}
{% macro custom_part(amount) -%}
    ({{ running_part(amount, 'w.running') }} - {{ running_part(amount, '(w.running - w.weight)') }})
{%- endmacro %}

{#
One row per custom model, conversion and touch that the model gives weight, or one row without a touch where it gives none: the share
(parts per billion) and the amount in the conversion's currency, and in the currency that the campaign counts in. As for the built-in
models (path_credits) each is a rounded running total minus the one before, so that they sum to 1,000,000,000 and to the value.
`credits`: attribution_credits, whose touches are within the account's windows; `converted`: attribution_credits_converted; `in_tenant`:
attribution_values. A refund inherits its order's path, and is judged by the order's time.
#}
{% macro custom_credits(models, credits, conversions, converted, in_tenant, placements, tenants) %}
    with

    paths as (
        select
            m.tenant_id, m.model_id, m.version, c.conversion_id, c.touch_id, c.sponsor_id, c.campaign_id, c.placement_id, c.touch_kind,
            c.touch_at, c.converted_at, c.conversion_kind, c.path_position, c.value_minor, c.currency,
            m.shape, m.half_life_s, m.position_first, m.position_middle, m.position_last,
            extract(epoch from coalesce(o.converted_at, c.converted_at) - c.touch_at) as age_s,
            {{ touch_factor('m', 'c.touch_kind', 'p.position') }} as factor,
            m.window_s,
            c.is_fraud
        from {{ models }} as m
        inner join {{ credits }} as c on m.tenant_id = c.tenant_id
        left join {{ conversions }} as r
            on c.conversion_kind = 'refund' and c.tenant_id = r.tenant_id and c.conversion_id = r.conversion_id
        left join {{ conversions }} as o on r.tenant_id = o.tenant_id and r.origin_conversion_id = o.conversion_id
        left join {{ placements }} as p on c.tenant_id = p.tenant_id and c.placement_id = p.placement_id
    ),

    judged as (
        select
            *,
            factor > 0 and age_s <= coalesce(window_s, age_s) as is_included
        from paths
    ),

    {{ custom_shares('judged', 'conversion_id, converted_at', 'path_position') }}

    credited as (
        select
            w.tenant_id, w.model_id, w.version, w.conversion_id, w.touch_id, w.sponsor_id, w.campaign_id, w.placement_id,
            w.touch_kind, w.touch_at, w.converted_at, w.conversion_kind, w.value_minor, w.currency, w.is_fraud,
            {{ custom_part('1000000000') }}::bigint as weight_ppb,
            (sign(w.value_minor) * {{ custom_part('abs(w.value_minor)') }})::bigint as credited_minor,
            coalesce(k.currency, w.currency) as counted_currency,
            k.touch_id is not null and k.value_minor is null as is_unconverted,
            (sign(k.value_minor) * {{ custom_part('abs(k.value_minor)') }})::bigint as converted_minor
        from running as w
        left join {{ converted }} as k
            on w.tenant_id = k.tenant_id and w.conversion_id = k.conversion_id and w.touch_id = k.touch_id
        where w.weight > 0
    ),

    -- What no touch of the model explains counts in the account's currency.
    uncredited as (
        select
            u.tenant_id, u.model_id, u.version, u.conversion_id, {{ none_id() }} as touch_id, u.sponsor_id,
            {{ none_id() }} as campaign_id, {{ none_id() }} as placement_id, 'unattributed' as touch_kind,
            null::timestamptz as touch_at, u.converted_at, u.conversion_kind, u.value_minor, u.currency, u.is_fraud,
            1000000000::bigint as weight_ppb, u.value_minor as credited_minor, t.currency as counted_currency,
            u.currency <> t.currency and k.value_minor is null as is_unconverted,
            case when u.currency = t.currency then u.value_minor else k.value_minor end as converted_minor
        from positions as u
        inner join {{ tenants }} as t on u.tenant_id = t.tenant_id
        left join {{ in_tenant }} as k
            on u.tenant_id = k.tenant_id and u.conversion_id = k.conversion_id and t.currency = k.currency
        where not u.has_path and u.row_place = 1
    ),

    united as (
        select * from credited
        union all
        select * from uncredited
    )

    select
        tenant_id, model_id, version, conversion_id, touch_id, sponsor_id, campaign_id, placement_id, touch_kind, touch_at,
        converted_at, conversion_kind, value_minor, currency, weight_ppb, credited_minor,
        case when is_unconverted then currency else counted_currency end as counted_currency,
        case when is_unconverted then credited_minor else coalesce(converted_minor, credited_minor) end as counted_minor,
        is_unconverted,
        is_fraud
    from united
{% endmacro %}
