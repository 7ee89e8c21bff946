-- Fails with each acknowledged message of a known site that is not admitted exactly once.
with

acknowledged as (
    select distinct
        tenant_id,
        site_id,
        message_id
    from {{ ref('stg_collector__events') }}
),

admitted as (
    select
        tenant_id,
        site_id,
        message_id,
        count(*) as admitted_count
    from {{ ref('int_events_admitted') }}
    group by tenant_id, site_id, message_id
)

select
    coalesce(k.tenant_id, a.tenant_id) as tenant_id,
    coalesce(k.message_id, a.message_id) as message_id
from acknowledged as k
full outer join admitted as a on k.tenant_id = a.tenant_id and k.site_id = a.site_id and k.message_id = a.message_id
where k.message_id is null or a.admitted_count is distinct from 1
