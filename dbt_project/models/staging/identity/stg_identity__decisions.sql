with decisions as (
    select * from {{ source('app_identity', 'identity_decisions') }}
    where xact < (select ops.build_to_xact())
),

-- The last decision on a link is in force.
final as (
    select distinct on (tenant_id, link_id)
        tenant_id,
        link_id,
        action = 'split' as is_split,
        decided_at,
        xact
    from decisions
    order by tenant_id, link_id, decided_at desc, decision_id desc
)

select * from final
