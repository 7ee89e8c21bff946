{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{% if is_incremental() %}delete from {{ this }} where from_xact >= (select ops.build_from_xact()){% endif %}",
    )
}}

-- A device behind an address is a user agent, as for counting (domain rules, section 1). Of a day its first and last request are
-- enough: whatever is as long as a day and holds one of the others holds one of these. crowded_households counts them.
with requests as (
    select
        logged.*,
        logged.xact >= (select ops.build_from_xact()) as is_of_this_build
    from {{ ref('stg_logs__requests') }} as logged
    where logged.household_hash is not null and btrim(logged.user_agent) <> '' {{ in_build('logged') }}
),

final as (
    select
        tenant_id,
        key_epoch,
        household_hash,
        hashtextextended(user_agent, 0) as device,
        min(requested_at) as first_at,
        max(requested_at) as last_at,
        -- A build that was held is taken back by this; what had been published before stays.
        case when is_of_this_build then (select ops.build_from_xact()) else '0'::xid8 end as from_xact
    from requests
    group by tenant_id, key_epoch, household_hash, request_day, user_agent, is_of_this_build
)

select * from final
