-- Fails with each message that this build saw of a known site and that is not admitted exactly once, by this build or by an earlier
-- one. Over the rows of the build, as the admission is: its cost does not grow with the history.
with

delivered as (
    select
        e.tenant_id,
        e.event_id,
        ops.message_key(e.tenant_id, e.site_id, e.message_id) as message_key
    from {{ source('raw_collector', 'collector_events') }} as e
    inner join {{ source('app_campaigns', 'sites') }} as s on e.tenant_id = s.tenant_id and e.site_id = s.site_id
    where
        e.xact < (select ops.build_to_xact())
        and e.xact >= (select ops.build_from_xact())
        and raw.collector_event_fault(e) is null
),

admitted as (
    select
        tenant_id,
        ops.message_key(tenant_id, site_id, message_id) as message_key,
        min(event_id) as event_id,
        count(*) as admitted_count
    from {{ ref('int_events_admitted') }}
    where xact >= (select ops.build_from_xact())
    group by tenant_id, site_id, message_id
),

published as (
    select coalesce(
        (
            select b.to_xact from marts.builds as b
            order by b.published_at desc limit 1
        ),
        '0'
    ) as to_xact
),

keyed as (
    select
        d.tenant_id,
        d.message_key,
        k.event_id,
        k.xact >= (select ops.build_from_xact()) as is_new,
        -- A key that was published may outlive its delivery: erased, it lets no replay in, and nobody is admitted for it.
        bool_or(d.event_id = k.event_id) or k.xact >= (select p.to_xact from published as p) as has_delivery
    from delivered as d
    left join intermediate.admitted_keys as k on d.tenant_id = k.tenant_id and d.message_key = k.message_key
    group by d.tenant_id, d.message_key, k.event_id, k.xact
)

select
    coalesce(k.tenant_id, a.tenant_id) as tenant_id,
    coalesce(k.message_key, a.message_key) as message_key
from keyed as k
full outer join admitted as a on k.tenant_id = a.tenant_id and k.message_key = a.message_key
where
    -- Without a key, or admitted though nobody delivered it now.
    k.event_id is null
    or (k.is_new and k.has_delivery and (a.admitted_count is distinct from 1 or a.event_id <> k.event_id))
    or (not k.is_new and a.admitted_count is not null)
