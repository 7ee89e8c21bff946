-- Fails with each conversion whose converted credits do not sum to its value in their currency, to the cent, where all touches of
-- its path count in that currency; and, where they do not, with a sum of the other sign or beyond the value.
with

credited as (
    select
        v.tenant_id,
        v.conversion_id,
        v.currency,
        v.value_minor,
        {%- for model in attribution_models() %}
        sum(v.{{ model }}_minor) as {{ model }}_minor,
        {%- endfor %}
        count(*) as touch_count
    from {{ ref('attribution_credits_converted') }} as v
    where v.value_minor is not null
    group by v.tenant_id, v.conversion_id, v.currency, v.value_minor
),

converted as (
    select distinct
        tenant_id,
        conversion_id
    from credited
),

paths as (
    select
        c.tenant_id,
        c.conversion_id,
        count(*) as touch_count
    from {{ ref('attribution_credits') }} as c
    inner join converted as k on c.tenant_id = k.tenant_id and c.conversion_id = k.conversion_id
    group by c.tenant_id, c.conversion_id
)

select
    c.tenant_id,
    c.conversion_id,
    c.currency
from credited as c
inner join paths as p on c.tenant_id = p.tenant_id and c.conversion_id = p.conversion_id
where
    false
    {%- for model in attribution_models() %}
    or (c.touch_count = p.touch_count and c.{{ model }}_minor <> c.value_minor)
    or c.{{ model }}_minor * sign(c.value_minor) < 0
    or abs(c.{{ model }}_minor) > abs(c.value_minor)
    {%- endfor %}
