-- A zone is one of a host's show: int_host_days chooses it.
with host_days as (
    select * from {{ ref('int_host_days') }}
),

final as (
    select
        tenant_id,
        show_id,
        source,
        time_zone,
        min(day) as first_day,
        max(day) as last_day
    from host_days
    group by tenant_id, show_id, source, time_zone
)

select * from final
