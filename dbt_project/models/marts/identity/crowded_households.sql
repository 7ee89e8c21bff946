{{ config(indexes=[{'columns': ['tenant_id', 'household_hash', 'key_epoch'], 'unique': True}], post_hook='analyze {{ this }}') }}

with

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

requests as (select * from {{ ref('int_device_sightings') }}),

events as (
    select * from {{ ref('int_events_admitted') }}
    where household_hash is not null and anonymous_id is not null
),

-- One phone is a user agent to a host and an anonymous id to each sponsor's sites: these are counted apart, never added up.
sightings as (
    select
        tenant_id,
        key_epoch,
        household_hash,
        {{ none_id() }} as observer_id,
        device,
        first_at,
        last_at
    from requests
    union all
    select
        tenant_id,
        key_epoch,
        household_hash,
        sponsor_id as observer_id,
        hashtextextended(anonymous_id, 0) as device,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    group by tenant_id, key_epoch, household_hash, sponsor_id, anonymous_id, (occurred_at at time zone 'UTC')::date
),

devices as (
    select
        tenant_id,
        key_epoch,
        household_hash,
        observer_id,
        device
    from sightings
    group by tenant_id, key_epoch, household_hash, observer_id, device
),

-- Few keys have so many devices at all; only theirs are looked at second by second.
candidates as (
    select
        d.tenant_id,
        d.key_epoch,
        d.household_hash,
        d.observer_id,
        s.household_devices,
        s.household_devices_window_s
    from devices as d
    inner join settings as s on d.tenant_id = s.tenant_id
    group by d.tenant_id, d.key_epoch, d.household_hash, d.observer_id, s.household_devices, s.household_devices_window_s
    having count(*) > s.household_devices
),

moments as (
    select distinct
        c.tenant_id,
        c.key_epoch,
        c.household_hash,
        c.observer_id,
        c.household_devices,
        c.household_devices_window_s,
        s.device,
        m.seen_at
    from candidates as c
    inner join sightings as s using (tenant_id, key_epoch, household_hash, observer_id)
    cross join lateral (values (s.first_at), (s.last_at)) as m (seen_at)
),

-- A device is there from each time that it was seen until the window has passed, or it is seen again: a window that ends at a
-- moment holds the devices that are there then. What is exactly a window earlier is out of it.
stays as (
    select
        *,
        least(
            seen_at + interval '1 second' * household_devices_window_s,
            lead(seen_at) over (partition by tenant_id, key_epoch, household_hash, observer_id, device order by seen_at)
        ) as gone_at
    from moments
),

there as (
    select
        s.tenant_id,
        s.key_epoch,
        s.household_hash,
        s.household_devices,
        c.changed_at,
        sum(c.change) over (
            partition by s.tenant_id, s.key_epoch, s.household_hash, s.observer_id
            order by c.changed_at, c.change
            rows between unbounded preceding and current row
        ) as device_count
    from stays as s
    cross join lateral (values (s.seen_at, 1), (s.gone_at, -1)) as c (changed_at, change)
),

final as (
    select
        tenant_id,
        key_epoch,
        household_hash,
        max(device_count)::integer as device_count,
        min(changed_at) filter (where device_count > household_devices) as crowded_at
    from there
    group by tenant_id, key_epoch, household_hash, household_devices
    having max(device_count) > household_devices
)

select * from final
