-- Fails with each conversion that nobody scored, that is in the figures against its verdict or its order's, or whose credit, marked
-- or not, does not hold it whole.
with

fraud as (select * from {{ ref('conversion_fraud') }}),

conversions as (select * from {{ ref('attribution_conversions') }}),

credits as (select * from {{ ref('attribution_credits') }}),

expected as (
    select
        v.tenant_id,
        v.conversion_id,
        v.value_minor,
        coalesce(f.is_fraud, false) as is_fraud
    from conversions as v
    left join fraud as f on v.tenant_id = f.tenant_id and coalesce(v.origin_conversion_id, v.conversion_id) = f.conversion_id
    where v.origin_conversion_id is not null or f.conversion_id is not null
),

credited as (
    select
        tenant_id,
        conversion_id,
        bool_or(is_fraud) as is_fraud,
        bool_and(is_fraud) as is_all_fraud,
        sum(linear_minor) as value_minor,
        sum(linear_ppb) as weight_ppb
    from credits
    group by tenant_id, conversion_id
)

select
    v.tenant_id,
    v.conversion_id
from conversions as v
left join expected as e on v.tenant_id = e.tenant_id and v.conversion_id = e.conversion_id
left join credited as c on v.tenant_id = c.tenant_id and v.conversion_id = c.conversion_id
where
    e.conversion_id is null
    or v.is_fraud <> e.is_fraud
    or c.is_fraud is distinct from e.is_fraud
    or c.is_all_fraud is distinct from e.is_fraud
    or c.value_minor is distinct from v.value_minor
    or c.weight_ppb is distinct from 1000000000
