with decisions as (
    select * from {{ ref('stg_lists__anomaly_decisions') }}
),

-- A decision that was taken back stays as a row without a scope: what it excluded has to be judged again.
final as (
    select
        tenant_id,
        show_id,
        day as request_day,
        coalesce(bool_or(is_excluded) filter (where user_agent is null and household_hash is null), false) as is_whole_day,
        array_agg(user_agent) filter (where is_excluded and user_agent is not null) as user_agents,
        array_agg(household_hash) filter (where is_excluded and household_hash is not null) as household_hashes,
        max(xact) as xact
    from decisions
    group by tenant_id, show_id, day
)

select * from final
