-- Fails with each order that is a purchase more than once, and each admitted purchase whose order is none.
with

purchases as (
    select
        tenant_id,
        sponsor_id,
        order_id,
        count(*) as conversion_count
    from {{ ref('attribution_conversions') }}
    where conversion_kind = 'purchase' and order_id is not null
    group by tenant_id, sponsor_id, order_id
),

reported as (
    select distinct
        tenant_id,
        sponsor_id,
        order_id
    from {{ ref('int_events_admitted') }}
    where event_kind = 'purchase' and order_id is not null
)

select
    coalesce(p.tenant_id, r.tenant_id) as tenant_id,
    coalesce(p.order_id, r.order_id) as order_id
from purchases as p
full outer join reported as r on p.tenant_id = r.tenant_id and p.sponsor_id = r.sponsor_id and p.order_id = r.order_id
where p.conversion_count > 1 or p.order_id is null
