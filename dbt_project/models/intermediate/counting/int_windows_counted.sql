{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[
            {'columns': ['download_key']},
            {'columns': ['tenant_id', 'day']},
            {'columns': ['tenant_id', 'show_id', 'episode_guid']},
        ],
        pre_hook="{{ recount_windows() }}",
        post_hook="analyze {{ this }} (tenant_id, download_key, show_id, episode_guid, day, is_valid)",
    )
}}

-- Domain rules, section 1: what survived is grouped by key and cut into windows, three ways at once. A window is a download
-- where it holds a plain 200, or where the union of the bytes sent reaches the threshold.
-- Nearly every key has all its requests on one UTC day: there the three ways give the same window, and it is one row for them all.
with requests as not materialized (
    select * from {{ ref('int_requests_judged') }}
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

settings as (
    select * from {{ ref('stg_counting__settings') }}
),

surviving as not materialized (
    select
        requests.*,
        episodes.duration_s,
        episodes.enclosure_bytes,
        coalesce(requests.file_size, episodes.enclosure_bytes) as known_file_size,
        requests.status = 200 and not requests.is_hls as is_whole_response
    from requests
    {% if is_incremental() %}
    inner join stretches_touched
        on
            requests.tenant_id = stretches_touched.tenant_id
            and requests.download_key = stretches_touched.download_key
            and requests.requested_at <@ stretches_touched.stretch
    {% endif %}
    left join episodes
        on
            requests.tenant_id = episodes.tenant_id
            and requests.show_id = episodes.show_id
            and requests.episode_guid = episodes.episode_guid
    where requests.rejected_by is null
),

-- One row per key, day and everything that a window takes from its first request: one part where they all agree.
parts as materialized (
    select
        download_key,
        request_day,
        tenant_id,
        source,
        show_id,
        episode_guid,
        household_hash,
        user_agent,
        key_epoch,
        ip_class,
        known_file_size,
        header_bytes,
        duration_s,
        enclosure_bytes,
        user_agent_list_version,
        ip_list_version,
        min(requested_at) as opened_at,
        max(requested_at) as closed_at,
        count(*) as request_count,
        coalesce(
            range_agg({{ served_bytes('status', 'range_start', 'range_end', 'range_suffix', 'bytes_sent', 'known_file_size') }}),
            '{}'::int8multirange
        ) as bytes_union,
        bool_or(is_whole_response) as has_whole_response,
        bool_and(is_held_probe) as is_lone_probe,
        count(*) over (partition by download_key) as part_count
    from surviving
    group by
        download_key, request_day, tenant_id, source, show_id, episode_guid, household_hash, user_agent, key_epoch, ip_class,
        known_file_size, header_bytes, duration_s, enclosure_bytes, user_agent_list_version, ip_list_version
),

-- The other keys, request by request. Equal times are told apart by their place in the log, not by when they were landed.
parted as (
    select distinct download_key
    from parts
    where part_count > 1
),

sequenced as (
    select
        surviving.*,
        {{ served_bytes('status', 'range_start', 'range_end', 'range_suffix', 'bytes_sent', 'known_file_size') }} as bytes_range,
        row_number() over key_order as ordinal,
        lag(surviving.requested_at) over key_order as previous_at
    from surviving
    inner join parted using (download_key)
    window key_order as (
        partition by download_key
        order by surviving.requested_at, log_source_id, file_offset, request_id
    )
),

-- last_touch: a new download where nothing came for 24 h.
visits as (
    select
        download_key,
        ordinal,
        requested_at,
        request_day,
        is_whole_response,
        is_held_probe,
        bytes_range,
        max(requested_at) filter (where previous_at is null or requested_at - previous_at >= interval '24 hours') over (
            partition by download_key order by ordinal
        ) as visit_at
    from sequenced
),

-- first_touch: 24 h rolling from the request that opened the download. A visit opens one; only a visit of a day or more can
-- open others, and there each request points at the first one 24 h or more after it.
long_visits as (
    select download_key, visit_at
    from visits
    group by download_key, visit_at
    having max(requested_at) - visit_at >= interval '24 hours'
),

followers as (
    select
        visits.download_key,
        visits.visit_at,
        visits.requested_at,
        first_value(visits.requested_at) over (
            partition by visits.download_key, visits.visit_at
            order by visits.requested_at
            range between interval '24 hours' following and unbounded following
        ) as next_opening_at
    from visits
    inner join long_visits using (download_key, visit_at)
),

openings as (
    with recursive chain as (
        select download_key, visit_at, visit_at as opening_at
        from long_visits
        union
        select chain.download_key, chain.visit_at, followers.next_opening_at
        from chain
        inner join followers
            on chain.download_key = followers.download_key and chain.opening_at = followers.requested_at
        where followers.next_opening_at is not null
    )

    select download_key, opening_at
    from chain
),

placed as (
    select
        visits.*,
        coalesce(
            max(openings.opening_at) over (partition by visits.download_key, visits.visit_at order by visits.ordinal),
            visits.visit_at
        ) as first_touch_at
    from visits
    left join openings on visits.download_key = openings.download_key and visits.requested_at = openings.opening_at
),

windowed as (
    select
        placed.download_key,
        windows.counting_window,
        min(placed.ordinal) as first_ordinal,
        max(placed.requested_at) as closed_at,
        count(*) as request_count,
        coalesce(range_agg(placed.bytes_range), '{}'::int8multirange) as bytes_union,
        bool_or(placed.is_whole_response) as has_whole_response,
        bool_and(placed.is_held_probe) as is_lone_probe
    from placed
    cross join
        lateral (
            values
            ('calendar', placed.request_day::timestamp at time zone 'UTC'),
            ('first_touch', placed.first_touch_at),
            ('last_touch', placed.visit_at)
        ) as windows (counting_window, window_at)
    group by placed.download_key, windows.counting_window, windows.window_at
),

-- Windows of two kinds that begin with the same request and hold as many hold the same requests: they are one row.
joined as (
    select
        download_key,
        first_ordinal,
        closed_at,
        request_count,
        bytes_union,
        has_whole_response,
        is_lone_probe,
        bool_or(counting_window = 'calendar') as is_calendar,
        bool_or(counting_window = 'first_touch') as is_first_touch,
        bool_or(counting_window = 'last_touch') as is_last_touch
    from windowed
    group by download_key, first_ordinal, closed_at, request_count, bytes_union, has_whole_response, is_lone_probe
),

-- The window speaks for its first request: its time, its file's size, the lists that judged it.
measured as (
    select
        download_key,
        tenant_id,
        source,
        show_id,
        episode_guid,
        household_hash,
        user_agent,
        key_epoch,
        ip_class,
        known_file_size,
        header_bytes,
        duration_s,
        enclosure_bytes,
        user_agent_list_version,
        ip_list_version,
        opened_at,
        closed_at,
        request_count,
        bytes_union,
        has_whole_response,
        is_lone_probe,
        true as is_calendar,
        true as is_first_touch,
        true as is_last_touch
    from parts
    where part_count = 1
    union all
    select
        joined.download_key,
        opener.tenant_id,
        opener.source,
        opener.show_id,
        opener.episode_guid,
        opener.household_hash,
        opener.user_agent,
        opener.key_epoch,
        opener.ip_class,
        opener.known_file_size,
        opener.header_bytes,
        opener.duration_s,
        opener.enclosure_bytes,
        opener.user_agent_list_version,
        opener.ip_list_version,
        opener.requested_at as opened_at,
        joined.closed_at,
        joined.request_count,
        joined.bytes_union,
        joined.has_whole_response,
        joined.is_lone_probe,
        joined.is_calendar,
        joined.is_first_touch,
        joined.is_last_touch
    from joined
    inner join sequenced as opener on joined.download_key = opener.download_key and joined.first_ordinal = opener.ordinal
),

weighed as (
    select
        measured.*,
        {{ bytes_in('measured.bytes_union') }} as bytes_counted,
        {{
            threshold_bytes(
                'measured.known_file_size', 'measured.header_bytes', 'measured.duration_s',
                'coalesce(settings.threshold_seconds, ' ~ var('threshold_seconds', 60) ~ ')'
            )
        }} as threshold_bytes,
        measured.is_lone_probe and coalesce(settings.counts_lone_probes, {{ var('counts_lone_probes', false) }})
            as is_taken_for_more
    from measured
    -- By the rules of the day that the window opened on.
    left join settings
        on
            measured.tenant_id = settings.tenant_id
            and measured.opened_at >= settings.from_at
            and measured.opened_at < settings.to_at
),

final as (
    select
        tenant_id,
        download_key,
        source,
        show_id,
        episode_guid,
        opened_at,
        closed_at,
        (opened_at at time zone 'UTC')::date as day,
        is_calendar,
        is_first_touch,
        is_last_touch,
        household_hash,
        key_epoch,
        user_agent,
        ip_class,
        request_count,
        bytes_union,
        bytes_counted,
        threshold_bytes,
        has_whole_response or is_taken_for_more or coalesce(bytes_counted >= threshold_bytes, false) as is_valid,
        known_file_size as file_size,
        header_bytes,
        duration_s,
        enclosure_bytes,
        user_agent_list_version,
        ip_list_version
    from weighed
)

select * from final
