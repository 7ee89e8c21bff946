{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        pre_hook=[
            '{{ admit_keys() }}',
            "{% if is_incremental() %}delete from {{ this }} where xact >= (select ops.build_from_xact()){% endif %}",
        ],
        indexes=[{'columns': ['xact']}],
        post_hook=['analyze {{ this }}', '{{ quarantine_unsound_rows() }}'],
    )
}}

with

-- What earlier builds published stays; what a held build admitted was deleted above and is admitted again.
deliveries as (
    select * from {{ ref('stg_collector__events') }}
    where true {{ in_build('stg_collector__events') }}
),

-- Of all deliveries of a message the one that its key names, in an incremental build and in a full one.
final as (
    select d.*
    from deliveries as d
    inner join intermediate.admitted_keys as k
        on
            d.tenant_id = k.tenant_id
            and k.message_key = ops.message_key(d.tenant_id, d.site_id, d.message_id)
            and d.event_id = k.event_id
)

select * from final
