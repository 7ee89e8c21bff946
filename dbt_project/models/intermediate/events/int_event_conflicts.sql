{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{% if is_incremental() %}delete from {{ this }} where xact >= (select ops.build_from_xact()){% endif %}",
        indexes=[{'columns': ['xact']}],
        post_hook=['analyze {{ this }}', '{{ quarantine_conflicts(this) }}'],
    )
}}

-- depends_on: {{ ref('int_events_admitted') }}

with

deliveries as (
    select
        e.tenant_id,
        e.site_id,
        e.message_id,
        e.event_id,
        e.received_at,
        e.body_sha256,
        e.xact,
        {{ body_key('e') }} as body_key
    from {{ source('raw_collector', 'collector_events') }} as e
    where e.xact < (select ops.build_to_xact()) {{ in_build('e') }} and raw.collector_event_fault(e) is null
),

final as (
    select
        d.tenant_id,
        d.site_id,
        d.message_id,
        d.event_id,
        d.received_at,
        k.event_id as admitted_event_id,
        d.body_sha256,
        d.xact
    from deliveries as d
    inner join intermediate.admitted_keys as k
        on
            d.tenant_id = k.tenant_id
            and k.message_key = ops.message_key(d.tenant_id, d.site_id, d.message_id)
            and d.event_id <> k.event_id
            and d.body_key <> k.body_key
)

select * from final
