{{ config(materialized='view', post_hook=[]) }}

-- The windows, each under the kinds that it is one of.
with windows as (
    select * from {{ ref('int_windows_counted') }}
),

final as (
    select
        windows.tenant_id,
        {{ download_id('windows.download_key', 'kinds.counting_window', 'windows.opened_at') }} as download_id,
        windows.download_key,
        windows.source,
        kinds.counting_window,
        windows.show_id,
        windows.episode_guid,
        windows.opened_at,
        windows.closed_at,
        windows.day,
        windows.household_hash,
        windows.key_epoch,
        windows.user_agent,
        windows.ip_class,
        windows.request_count,
        windows.bytes_union,
        windows.bytes_counted,
        windows.threshold_bytes,
        windows.is_valid,
        windows.file_size,
        windows.header_bytes,
        windows.duration_s,
        windows.enclosure_bytes,
        windows.user_agent_list_version,
        windows.ip_list_version
    from windows
    cross join
        lateral (
            values
            ('calendar', windows.is_calendar),
            ('first_touch', windows.is_first_touch),
            ('last_touch', windows.is_last_touch)
        ) as kinds (counting_window, is_one)
    where kinds.is_one
)

select * from final
