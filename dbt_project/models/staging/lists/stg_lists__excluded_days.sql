with decisions as (
    select * from {{ source('app_anomalies', 'anomaly_decisions') }}
    where xact < (select ops.build_to_xact())
),

in_force as (
    select distinct on (tenant_id, show_id, day, user_agent, household_hash)
        tenant_id,
        show_id,
        day,
        user_agent,
        household_hash,
        action,
        xact
    from decisions
    order by tenant_id, show_id, day, user_agent, household_hash, decided_at desc, decision_id desc
),

-- A decision that was taken back stays as a row without a scope: what it excluded has to be judged again.
final as (
    select
        tenant_id,
        show_id,
        day as request_day,
        coalesce(
            bool_or(action = 'exclude') filter (where user_agent is null and household_hash is null), false
        ) as is_whole_day,
        array_agg(user_agent) filter (where action = 'exclude' and user_agent is not null) as user_agents,
        array_agg(household_hash) filter (where action = 'exclude' and household_hash is not null) as household_hashes,
        max(xact) as xact
    from in_force
    group by tenant_id, show_id, day
)

select * from final
