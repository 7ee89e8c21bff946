{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{% if is_incremental() %}delete from {{ this }} where xact >= (select ops.build_from_xact()){% endif %}",
    )
}}

with

deliveries as (
    select * from {{ ref('stg_collector__events') }}
    {% if is_incremental() %}
    where xact >= (select ops.build_from_xact())
    {% endif %}
),

admitted as (select * from {{ ref('int_events_admitted') }}),

final as (
    select
        d.tenant_id,
        d.site_id,
        d.message_id,
        d.event_id,
        d.received_at,
        a.event_id as admitted_event_id,
        a.received_at as admitted_received_at,
        d.body_sha256,
        a.body_sha256 as admitted_body_sha256,
        d.xact
    from deliveries as d
    inner join admitted as a on d.tenant_id = a.tenant_id and d.site_id = a.site_id and d.message_id = a.message_id
    where d.body_sha256 <> a.body_sha256
)

select * from final
