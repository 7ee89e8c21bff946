with tenants as (
    select * from {{ source('app_campaigns', 'tenants') }}
),

chosen as (
    select * from {{ source('app_counting', 'counting_settings') }}
    where xact < (select ops.build_to_xact())
),

final as (
    select
        tenants.tenant_id,
        coalesce(chosen.volume_episodes_per_hour, {{ var('volume_episodes_per_hour', 30) }}) as volume_episodes_per_hour,
        coalesce(chosen.volume_episodes_per_day, {{ var('volume_episodes_per_day', 300) }}) as volume_episodes_per_day,
        coalesce(chosen.rejects_datacenters, {{ var('rejects_datacenters', true) }}) as rejects_datacenters,
        coalesce(chosen.threshold_seconds, {{ var('threshold_seconds', 60) }}) as threshold_seconds,
        coalesce(chosen.key_has_referer, {{ var('key_has_referer', false) }}) as key_has_referer,
        coalesce(chosen.counts_lone_probes, {{ var('counts_lone_probes', false) }}) as counts_lone_probes,
        chosen.xact
    from tenants
    left join chosen using (tenant_id)
)

select * from final
