with rejudged as (
    select * from {{ source('ops_lists', 'rejudged_agents') }}
    where xact < (select ops.build_to_xact())
),

final as (
    select
        tenant_id,
        day as request_day,
        user_agent,
        user_agent_kind,
        user_agent_list_version,
        xact
    from rejudged
)

select * from final
