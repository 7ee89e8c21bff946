{{
    config(
        materialized='table',
        indexes=[{'columns': ['tenant_id', 'show_id', 'source']}],
        pre_hook=hash_joins_only(),
        post_hook='analyze {{ this }}',
    )
}}

-- What our own requests come to under the rules that a host may have: its days, another window, no threshold, bots counted. Each
-- is counted from the requests, never estimated; which of them a host has is decided by int_host_rules_inferred.
-- A show's own count is that of its logs; of its prefix where it has no log.
with own_sources as (
    select * from {{ ref('int_own_sources') }}
),

requests as (
    select judged.*
    from {{ ref('int_requests_judged') }} as judged
    inner join own_sources using (tenant_id, show_id, source)
),

downloads as (
    select counted.*
    from {{ ref('int_downloads_counted') }} as counted
    inner join own_sources using (tenant_id, show_id, source)
),

settings as (
    select * from {{ ref('stg_counting__settings') }}
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

host_days as (
    select * from {{ ref('int_host_days') }}
),

hosts as (
    select * from {{ ref('int_host_spans') }}
),

fetched as (
    select
        tenant_id,
        show_id,
        source,
        day,
        max(fetched_at) as fetched_at
    from host_days
    group by tenant_id, show_id, source, day
),

-- A day of any zone begins at most a day before and ends at most a day after the UTC day of its name.
reaches as (
    select
        tenant_id,
        show_id,
        min(first_day) - 2 as first_day,
        max(last_day) + 2 as last_day
    from hosts
    group by tenant_id, show_id
),

-- Requests that a rule rejected because of who asked: the agent and the household are in the key, so none of them lies in a window
-- of the ones that were counted.
machines as (
    select requests.*
    from requests
    inner join reaches using (tenant_id, show_id)
    where
        requests.rejected_by in ('bot', 'datacenter', 'volume', 'preload')
        and requests.request_day between reaches.first_day and reaches.last_day
),

machine_visits as (
    select
        *,
        requested_at - lag(requested_at) over by_key >= interval '24 hours' as is_after_gap,
        first_value(requested_at) over (
            partition by tenant_id, download_key order by requested_at
            range between interval '24 hours' following and unbounded following
        ) as next_opening_at,
        min(requested_at) over (partition by tenant_id, download_key) as key_opened_at
    from machines
    window by_key as (partition by tenant_id, download_key order by requested_at, request_id)
),

machine_openings as (
    with recursive chain as (
        select distinct tenant_id, download_key, key_opened_at as opening_at
        from machine_visits
        union
        select chain.tenant_id, chain.download_key, machine_visits.next_opening_at
        from chain
        inner join machine_visits
            on
                chain.tenant_id = machine_visits.tenant_id
                and chain.download_key = machine_visits.download_key
                and chain.opening_at = machine_visits.requested_at
        where machine_visits.next_opening_at is not null
    )

    select tenant_id, download_key, opening_at
    from chain
),

machines_placed as (
    select
        machine_visits.*,
        max(machine_openings.opening_at) over by_key as first_touch_at,
        max(machine_visits.requested_at) filter (where coalesce(machine_visits.is_after_gap, true)) over by_key as last_touch_at
    from machine_visits
    left join machine_openings
        on
            machine_visits.tenant_id = machine_openings.tenant_id
            and machine_visits.download_key = machine_openings.download_key
            and machine_visits.requested_at = machine_openings.opening_at
    window by_key as (
        partition by machine_visits.tenant_id, machine_visits.download_key
        order by machine_visits.requested_at, machine_visits.request_id
    )
),

-- Requests that have to be windowed here: machines in each window, people by the calendar of a host that has other days than UTC.
to_window as (
    select
        machines_placed.*,
        hosts.source as host,
        true as is_machine,
        windows.counting_window,
        windows.window_at
    from machines_placed
    inner join hosts using (tenant_id, show_id)
    cross join
        lateral (
            values
            ('calendar', date_trunc('day', machines_placed.requested_at, hosts.time_zone)),
            ('first_touch', machines_placed.first_touch_at),
            ('last_touch', machines_placed.last_touch_at)
        ) as windows (counting_window, window_at)
    union all
    select
        requests.*,
        null as is_after_gap,
        null as next_opening_at,
        null as key_opened_at,
        null as first_touch_at,
        null as last_touch_at,
        hosts.source as host,
        false as is_machine,
        'calendar' as counting_window,
        date_trunc('day', requests.requested_at, hosts.time_zone) as window_at
    from requests
    inner join hosts using (tenant_id, show_id)
    where
        hosts.time_zone <> 'UTC'
        and requests.rejected_by is null
        and requests.request_day between hosts.first_day - 2 and hosts.last_day + 2
),

served as (
    select
        to_window.*,
        coalesce(to_window.file_size, episodes.enclosure_bytes) as known_file_size,
        episodes.duration_s as known_duration_s,
        settings.threshold_seconds,
        {{
            served_bytes(
                'to_window.status', 'to_window.range_start', 'to_window.range_end', 'to_window.range_suffix',
                'to_window.bytes_sent', 'coalesce(to_window.file_size, episodes.enclosure_bytes)'
            )
        }} as sent_range
    from to_window
    left join settings
        on
            to_window.tenant_id = settings.tenant_id
            and to_window.request_day >= settings.from_day
            and to_window.request_day < settings.to_day
    left join episodes
        on
            to_window.tenant_id = episodes.tenant_id
            and to_window.show_id = episodes.show_id
            and to_window.episode_guid = episodes.episode_guid
),

windowed as (
    select
        tenant_id,
        show_id,
        episode_guid,
        host as source,
        counting_window,
        is_machine,
        min(requested_at) as opened_at,
        bool_or(status = 200 and not is_hls) as has_whole_response,
        coalesce(range_agg(sent_range), '{}'::int8multirange) as bytes_union,
        (array_agg(known_file_size order by requested_at, request_id))[1] as file_size,
        (array_agg(header_bytes order by requested_at, request_id))[1] as header_bytes,
        max(known_duration_s) as duration_s,
        max(threshold_seconds) as threshold_seconds
    from served
    group by tenant_id, show_id, episode_guid, host, counting_window, is_machine, download_key, window_at
),

measured as (
    select
        windowed.*,
        windowed.has_whole_response or coalesce(
            (select sum(upper(span) - lower(span)) from unnest(windowed.bytes_union) as span)
            >= {{
                threshold_bytes(
                    'windowed.file_size', 'windowed.header_bytes', 'windowed.duration_s', 'windowed.threshold_seconds'
                )
            }},
            false
        ) as is_valid
    from windowed
),

would_be as (
    select tenant_id, show_id, episode_guid, source, counting_window, is_machine, opened_at, is_valid
    from measured
    union all
    select
        downloads.tenant_id,
        downloads.show_id,
        downloads.episode_guid,
        hosts.source,
        downloads.counting_window,
        false as is_machine,
        downloads.opened_at,
        downloads.is_valid
    from downloads
    inner join hosts using (tenant_id, show_id)
    where
        (downloads.counting_window <> 'calendar' or hosts.time_zone = 'UTC')
        and downloads.day between hosts.first_day - 2 and hosts.last_day + 2
),

dated as (
    select
        would_be.*,
        (would_be.opened_at at time zone hosts.time_zone)::date as day
    from would_be
    inner join hosts using (tenant_id, show_id, source)
),

-- What was opened after the host was read last is late for it: it is in our count and cannot be in the host's.
final as (
    select
        dated.tenant_id,
        dated.show_id,
        dated.episode_guid,
        dated.source,
        dated.day,
        dated.counting_window,
        count(*) filter (
            where dated.is_valid and not dated.is_machine and not coalesce(dated.opened_at >= fetched.fetched_at, false)
        )
            as people_valid,
        count(*) filter (where not dated.is_machine and not coalesce(dated.opened_at >= fetched.fetched_at, false)) as people_all,
        count(*) filter (where dated.is_valid and dated.is_machine and not coalesce(dated.opened_at >= fetched.fetched_at, false))
            as machines_valid,
        count(*) filter (where dated.is_machine and not coalesce(dated.opened_at >= fetched.fetched_at, false)) as machines_all,
        count(*) filter (where dated.is_valid and not dated.is_machine and dated.opened_at >= fetched.fetched_at) as late_valid
    from dated
    inner join hosts using (tenant_id, show_id, source)
    left join fetched
        on
            dated.tenant_id = fetched.tenant_id and dated.show_id = fetched.show_id and dated.source = fetched.source
            and dated.day = fetched.day
    where dated.day between hosts.first_day and hosts.last_day
    group by dated.tenant_id, dated.show_id, dated.episode_guid, dated.source, dated.day, dated.counting_window
)

select * from final
