-- Fails with each conversion that has no credit, or another value or currency there, and with each credit of no conversion.
with

conversions as (select * from {{ ref('attribution_conversions') }}),

credited as (
    select
        tenant_id,
        conversion_id,
        min(value_minor) as value_minor,
        min(currency) as currency
    from {{ ref('attribution_credits') }}
    group by tenant_id, conversion_id
)

select
    coalesce(v.tenant_id, c.tenant_id) as tenant_id,
    coalesce(v.conversion_id, c.conversion_id) as conversion_id
from conversions as v
full outer join credited as c on v.tenant_id = c.tenant_id and v.conversion_id = c.conversion_id
where v.conversion_id is null or c.conversion_id is null or v.value_minor <> c.value_minor or v.currency <> c.currency
