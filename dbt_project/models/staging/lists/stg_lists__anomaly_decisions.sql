with decisions as (
    select * from {{ source('app_anomalies', 'anomaly_decisions') }}
    where xact < (select ops.build_to_xact())
),

-- The last decision on a scope is in force.
final as (
    select distinct on (tenant_id, show_id, day, user_agent, household_hash)
        tenant_id,
        show_id,
        day,
        kind,
        user_agent,
        household_hash,
        action = 'exclude' as is_excluded,
        reason,
        evidence,
        decided_by_name,
        decided_at,
        xact
    from decisions
    order by tenant_id, show_id, day, user_agent, household_hash, decided_at desc, decision_id desc
)

select * from final
