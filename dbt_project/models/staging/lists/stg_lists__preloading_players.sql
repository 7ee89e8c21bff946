with players as (
    select * from {{ source('ops_lists', 'preloading_players') }}
),

-- By version, so that a request is joined to one row, and a player that is named today rejects nothing of yesterday.
final as (
    select
        list_version as user_agent_list_version,
        array_agg(user_agent_prefix order by user_agent_prefix) as user_agent_prefixes
    from players
    group by list_version
)

select * from final
