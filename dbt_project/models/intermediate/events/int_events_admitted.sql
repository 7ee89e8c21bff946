{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{% if is_incremental() %}delete from {{ this }} where xact >= (select ops.build_from_xact()){% endif %}",
        indexes=[
            {'columns': ['tenant_id', 'site_id', 'message_id'], 'unique': True},
            {'columns': ['xact']},
        ],
        post_hook='analyze {{ this }}',
    )
}}

with

-- What earlier builds published stays; what a held build admitted was deleted above and is judged again.
deliveries as (
    select * from {{ ref('stg_collector__events') }}
    {% if is_incremental() %}
    where xact >= (select ops.build_from_xact())
    {% endif %}
),

-- By xact first: a build's rows all come after those of the builds before it, so that an incremental build and a full one choose
-- the same delivery, in whatever order the clients' clocks put them.
first_deliveries as (
    select distinct on (tenant_id, site_id, message_id) *
    from deliveries
    order by tenant_id, site_id, message_id, xact, received_at, event_id
),

final as (
    select f.*
    from first_deliveries as f
    {% if is_incremental() %}
    where
        not exists (
            select 1 from {{ this }} as a
            where a.tenant_id = f.tenant_id and a.site_id = f.site_id and a.message_id = f.message_id
        )
    {% endif %}
)

select * from final  -- noqa: AM04
