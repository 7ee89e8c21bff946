with logged as (
    select * from {{ source('raw_logs', 'logs_requests') }}
    where xact < (select ops.build_to_xact())
),

prefixed as (
    select * from {{ source('raw_logs', 'prefix_requests') }}
    where xact < (select ops.build_to_xact())
),

-- A recount's verdict stands before that of the arrival (docs/lists.md). Both keys are unique: no row is doubled, and a query that
-- asks for no verdict does without the joins.
rejudged_agents as (
    select * from {{ ref('stg_lists__rejudged_agents') }}
),

rejudged_prefixes as (
    select * from {{ ref('stg_lists__rejudged_prefixes') }}
),

arrived as (
    select
        tenant_id,
        request_id,
        'logs' as source,
        log_source_id,
        file_offset,
        requested_at,
        method,
        status,
        range_header,
        range_start,
        range_end,
        bytes_sent,
        media_key,
        referer,
        user_agent,
        user_agent_kind,
        user_agent_list_version,
        is_watch,
        household_hash,
        key_epoch,
        ip_class,
        ip_prefix,
        ip_list_version,
        file_size,
        header_bytes,
        is_hls,
        xact
    from logged
    union all
    -- The show stands where a log has its source. Numbered apart from the logs' lines.
    select
        tenant_id,
        -request_id as request_id,
        'prefix' as source,
        show_id as log_source_id,
        0 as file_offset,
        requested_at,
        method,
        status,
        range_header,
        range_start,
        range_end,
        bytes_sent,
        media_key,
        referer,
        user_agent,
        user_agent_kind,
        user_agent_list_version,
        is_watch,
        household_hash,
        key_epoch,
        ip_class,
        ip_prefix,
        ip_list_version,
        file_size,
        header_bytes,
        is_hls,
        xact
    from prefixed
),

final as (
    select
        arrived.tenant_id,
        arrived.request_id,
        arrived.source,
        arrived.log_source_id,
        arrived.file_offset,
        arrived.requested_at,
        (arrived.requested_at at time zone 'UTC')::date as request_day,
        arrived.method,
        arrived.status,
        arrived.range_header,
        arrived.range_start,
        arrived.range_end,
        -- `bytes=-500`: the last 500 bytes, wherever the file ends.
        case
            when arrived.range_start is null
                then substring(arrived.range_header from '^\s*bytes\s*=\s*-\s*(\d{1,18})\s*$')::bigint
        end as range_suffix,
        arrived.bytes_sent,
        arrived.media_key,
        arrived.referer,
        arrived.user_agent,
        coalesce(rejudged_agents.user_agent_kind, arrived.user_agent_kind) as user_agent_kind,
        coalesce(rejudged_agents.user_agent_list_version, arrived.user_agent_list_version) as user_agent_list_version,
        arrived.is_watch,
        arrived.household_hash,
        arrived.key_epoch,
        coalesce(rejudged_prefixes.ip_class, arrived.ip_class) as ip_class,
        arrived.ip_prefix,
        coalesce(rejudged_prefixes.ip_list_version, arrived.ip_list_version) as ip_list_version,
        -- Logs write 0 where they do not know.
        nullif(greatest(arrived.file_size, 0), 0) as file_size,
        coalesce(greatest(arrived.header_bytes, 0), 0) as header_bytes,
        arrived.is_hls,
        arrived.xact
    from arrived
    left join rejudged_agents
        on
            arrived.tenant_id = rejudged_agents.tenant_id
            and (arrived.requested_at at time zone 'UTC')::date = rejudged_agents.request_day
            and arrived.user_agent = rejudged_agents.user_agent
    left join rejudged_prefixes
        on
            arrived.tenant_id = rejudged_prefixes.tenant_id
            and (arrived.requested_at at time zone 'UTC')::date = rejudged_prefixes.request_day
            and arrived.ip_prefix = rejudged_prefixes.ip_prefix
)

select * from final
