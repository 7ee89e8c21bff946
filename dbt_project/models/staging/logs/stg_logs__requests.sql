with requests as (
    select * from {{ source('raw_logs', 'logs_requests') }}
    where xact < (select ops.build_to_xact())
),

final as (
    select
        tenant_id,
        request_id,
        log_source_id,
        file_offset,
        requested_at,
        (requested_at at time zone 'UTC')::date as request_day,
        method,
        status,
        range_header,
        range_start,
        range_end,
        -- `bytes=-500`: the last 500 bytes, wherever the file ends.
        substring(range_header from '^\s*bytes\s*=\s*-\s*(\d{1,18})\s*$')::bigint as range_suffix,
        bytes_sent,
        media_key,
        user_agent,
        user_agent_kind,
        user_agent_list_version,
        is_watch,
        household_hash,
        key_epoch,
        ip_class,
        ip_list_version,
        -- Logs write 0 where they do not know.
        nullif(greatest(file_size, 0), 0) as file_size,
        coalesce(greatest(header_bytes, 0), 0) as header_bytes,
        is_hls,
        xact
    from requests
)

select * from final
