-- Fails with each tenant and model whose days do not hold every conversion once, credited, unattributed and fraud together.
with

days as (
    select
        tenant_id,
        model,
        sum(conversions_ppb) as conversions_ppb
    from {{ ref('campaign_attribution_daily') }}
    where basis = 'conversion_date'
    group by tenant_id, model
),

conversions as (
    select
        tenant_id,
        count(*) * 1000000000 as conversions_ppb
    from {{ ref('attribution_conversions') }}
    where conversion_kind <> 'refund'
    group by tenant_id
)

select
    d.tenant_id,
    d.model
from days as d
left join conversions as v on d.tenant_id = v.tenant_id
where d.conversions_ppb <> coalesce(v.conversions_ppb, 0)
