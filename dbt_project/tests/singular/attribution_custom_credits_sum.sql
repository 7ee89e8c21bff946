-- Fails with each conversion that a custom model does not credit whole: weights that are not 1,000,000,000 or are negative, amounts
-- that are not the value to the cent or have the other sign, or no credit at all.
with

models as (select * from {{ ref('stg_campaigns__attribution_models') }}),

conversions as (select * from {{ ref('attribution_conversions') }}),

credited as (
    select
        tenant_id,
        model_id,
        conversion_id,
        sum(weight_ppb) as weight_ppb,
        sum(credited_minor) as credited_minor,
        min(weight_ppb) as least_ppb,
        bool_or(credited_minor * sign(value_minor) < 0) as has_other_sign
    from {{ ref('attribution_custom_credits') }}
    group by tenant_id, model_id, conversion_id
)

select
    m.tenant_id,
    m.model_id,
    v.conversion_id
from models as m
inner join conversions as v on m.tenant_id = v.tenant_id
left join credited as c on m.tenant_id = c.tenant_id and m.model_id = c.model_id and v.conversion_id = c.conversion_id
where
    c.weight_ppb is distinct from 1000000000
    or c.credited_minor is distinct from v.value_minor
    or c.least_ppb < 0
    or c.has_other_sign
