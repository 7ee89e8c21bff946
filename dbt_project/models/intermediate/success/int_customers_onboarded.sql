-- The onboarding clock (domain rules, section 9) runs from the account's creation to the first accepted event. The hour is known
-- from the counts; within it one day's partition is read, and of that the tenant's rows by the key.
with

registrations as (
    select
        tenant_id,
        min(occurred_at) as registered_at
    from {{ ref('stg_product__events') }}
    where event_name = 'user.registered'
    group by tenant_id
),

hours as (
    select
        tenant_id,
        min(hour_at) as first_hour_at
    from {{ ref('int_collection_hours') }}
    where accepted_count > 0
    group by tenant_id
),

final as (
    select
        t.tenant_id,
        least(t.created_at, r.registered_at) as account_at,
        e.first_event_at
    from {{ ref('stg_campaigns__tenants') }} as t
    left join registrations as r on t.tenant_id = r.tenant_id
    left join hours as h on t.tenant_id = h.tenant_id
    left join lateral (
        select min(c.received_at) as first_event_at
        from {{ source('raw_collector', 'collector_events') }} as c
        where
            c.tenant_id = h.tenant_id and c.received_at >= h.first_hour_at
            and c.received_at < h.first_hour_at + interval '1 hour'
            and c.xact < (select ops.build_to_xact()) and raw.collector_event_fault(c) is null
    ) as e on true
)

select * from final
