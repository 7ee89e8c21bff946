{#
One row per conversion, touch and the touch's campaign's currency where that is another than the conversion's, or one without a touch in
the account's, with its credit there under the five models (shape of attribution_credits_converted). `credits`: attribution_credits.
`in_currencies`: counted_values.
#}
{% macro converted_credits(credits, in_currencies, campaigns, tenants, settings) %}
    with

    paths as (
        select * from {{ credits }}
        where path_position > 0
    ),

    -- A conversion that counts in several currencies is split once in each, over its whole path; of each split the touches of the
    -- campaigns in that currency take their part.
    valuations as (
        select
            a.*,
            a.conversion_id as own_conversion_id,
            {{ stable_id('valuation', ['a.conversion_id', 'a.currency']) }} as valuation_id
        from {{ in_currencies }} as a
    ),

    valued as (
        select
            tenant_id,
            valuation_id as conversion_id,
            value_minor
        from valuations
        where value_minor is not null
    ),

    valued_paths as (
        select
            p.tenant_id,
            v.valuation_id as conversion_id,
            p.touch_id,
            p.touch_at,
            {{ source_rank('p.touch_kind') }} as source_rank
        from paths as p
        inner join valuations as v on p.tenant_id = v.tenant_id and p.conversion_id = v.own_conversion_id
        where v.value_minor is not null
    ),

    shared as (
        {{ path_credits('valued_paths', 'valued', settings) }}
    ),

    touched as (
        select
            v.*,
            p.touch_id,
            p.campaign_id
        from valuations as v
        inner join paths as p on v.tenant_id = p.tenant_id and v.own_conversion_id = p.conversion_id
        inner join {{ campaigns }} as c on p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id and v.currency = c.currency
    ),

    untouched as (
        select
            v.*,
            {{ none_id() }} as touch_id,
            {{ none_id() }} as campaign_id
        from valuations as v
        inner join {{ tenants }} as t on v.tenant_id = t.tenant_id and v.currency = t.currency
        where
            not exists (
                select 1 from paths as p
                where p.tenant_id = v.tenant_id and p.conversion_id = v.own_conversion_id
            )
    ),

    credited as (
        select * from touched
        union all
        select * from untouched
    )

    select
        v.tenant_id,
        v.own_conversion_id as conversion_id,
        v.touch_id,
        v.campaign_id,
        v.currency,
        v.from_currency,
        v.value_minor,
        v.exchange_rate,
        v.rate_date,
        {%- for model in attribution_models() %}
        coalesce(c.{{ model }}_minor, v.value_minor) as {{ model }}_minor,
        {%- endfor %}
        v.via_currency
    from credited as v
    left join shared as c on v.tenant_id = c.tenant_id and v.valuation_id = c.conversion_id and v.touch_id = c.touch_id
{% endmacro %}
