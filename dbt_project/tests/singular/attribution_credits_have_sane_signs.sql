-- Fails with each credit whose weight is negative or whose amount has the other sign than its conversion's value.
select
    tenant_id,
    conversion_id,
    touch_id
from {{ ref('attribution_credits') }}
where
    false
    {%- for model in attribution_models() %}
    or {{ model }}_ppb < 0 or {{ model }}_minor * sign(value_minor) < 0
    {%- endfor %}
