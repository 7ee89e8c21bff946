with tenants as (
    select * from {{ source('app_campaigns', 'tenants') }}
),

changes as (
    select * from {{ source('app_counting', 'counting_settings') }}
    where xact < (select ops.build_to_xact())
),

-- Before a tenant's first change, and where it made none, the deployment's rules hold: change 0, which chose nothing.
chosen as (
    select
        tenants.tenant_id,
        0 as change_number,
        '-infinity'::date as from_day,
        null::xid8 as xact,
        null::integer as volume_episodes_per_hour,
        null::integer as volume_episodes_per_day,
        null::boolean as rejects_datacenters,
        null::integer as threshold_seconds,
        null::boolean as key_has_referer,
        null::boolean as counts_lone_probes
    from tenants
    union all
    select
        tenant_id,
        change_number,
        from_day,
        xact,
        volume_episodes_per_hour,
        volume_episodes_per_day,
        rejects_datacenters,
        threshold_seconds,
        key_has_referer,
        counts_lone_probes
    from changes
),

-- A day is ruled by the last change that holds on it: a change ends where the earliest of the later ones begins.
ranged as (
    select
        *,
        coalesce(
            min(from_day) over (
                partition by tenant_id order by change_number rows between 1 following and unbounded following
            ),
            'infinity'
        ) as to_day
    from chosen
),

final as (
    select
        tenant_id,
        from_day,
        to_day,
        from_day::timestamp at time zone 'UTC' as from_at,
        to_day::timestamp at time zone 'UTC' as to_at,
        coalesce(volume_episodes_per_hour, {{ var('volume_episodes_per_hour', 30) }}) as volume_episodes_per_hour,
        coalesce(volume_episodes_per_day, {{ var('volume_episodes_per_day', 300) }}) as volume_episodes_per_day,
        coalesce(rejects_datacenters, {{ var('rejects_datacenters', true) }}) as rejects_datacenters,
        coalesce(threshold_seconds, {{ var('threshold_seconds', 60) }}) as threshold_seconds,
        coalesce(key_has_referer, {{ var('key_has_referer', false) }}) as key_has_referer,
        coalesce(counts_lone_probes, {{ var('counts_lone_probes', false) }}) as counts_lone_probes,
        xact
    from ranged
    where from_day < to_day
)

select * from final
