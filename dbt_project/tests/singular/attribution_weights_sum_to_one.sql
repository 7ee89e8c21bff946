-- Fails with each conversion whose weights do not sum to 1,000,000,000 under every model.
select tenant_id, conversion_id
from {{ ref('attribution_credits') }}
group by tenant_id, conversion_id
having
    {%- for model in attribution_models() %}
    sum({{ model }}_ppb) <> 1000000000 {{ 'or' if not loop.last }}
    {%- endfor %}
