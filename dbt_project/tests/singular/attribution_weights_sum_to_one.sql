-- Fails with each conversion whose weights do not sum to 1,000,000,000 under every model.
select
    tenant_id,
    conversion_id
from {{ ref('attribution_credits') }}
group by tenant_id, conversion_id
having
    false
    {%- for model in attribution_models() %}
    or sum({{ model }}_ppb) <> 1000000000
    {%- endfor %}
