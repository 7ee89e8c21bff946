-- Fails with each value that was turned by a rate of a later day than the conversion's, or by one older than the tenant's limit.
select
    v.tenant_id,
    v.conversion_id,
    v.currency
from {{ ref('attribution_values') }} as v
inner join {{ ref('stg_campaigns__attribution_settings') }} as s on v.tenant_id = s.tenant_id
where not v.rate_date between v.rate_day - s.rate_max_age_days and v.rate_day
