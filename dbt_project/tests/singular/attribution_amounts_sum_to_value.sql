-- Fails with each conversion whose credited amounts do not sum to its value, to the cent, under every model.
select
    tenant_id,
    conversion_id
from {{ ref('attribution_credits') }}
group by tenant_id, conversion_id
having
    min(value_minor) <> max(value_minor)
    {%- for model in attribution_models() %}
    or sum({{ model }}_minor) <> min(value_minor)
    {%- endfor %}
