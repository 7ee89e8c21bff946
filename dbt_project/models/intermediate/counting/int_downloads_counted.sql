{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['tenant_id', 'download_key'],
        indexes=[
            {'columns': ['download_key']},
            {'columns': ['tenant_id', 'household_hash']},
            {'columns': ['tenant_id', 'show_id', 'episode_guid']},
            {'columns': ['counted_xact']},
        ],
        pre_hook=hash_joins_only(),
        post_hook=[
            "delete from {{ this }} where counted_xact is null",
            "analyze {{ this }} (tenant_id, download_key, household_hash, show_id, episode_guid, counting_window, day)",
        ],
    )
}}

-- Domain rules, section 1: what survived is grouped by key and cut into windows, three ways at once. A window is a download
-- where it holds a plain 200, or where the union of the bytes sent reaches the threshold.
-- A key touched by a build is counted again whole, so that an incremental build and a full one give the same rows.
with requests as not materialized (
    select * from {{ ref('int_requests_judged') }}
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

{% if is_incremental() %}
last_count as (
    select counted_xact
    from {{ this }}
    order by counted_xact desc
    limit 1
),

rejudged as (
    select tenant_id, household_hash, request_day, download_key
    from requests
    where judged_xact > coalesce((select last_count.counted_xact from last_count), '0'::xid8)
),

rejudged_days as (
    select distinct
        tenant_id,
        household_hash,
        request_day::timestamp at time zone 'UTC' as day_start,
        (request_day + 1)::timestamp at time zone 'UTC' as day_end
    from rejudged
),

touched as (
    select tenant_id, download_key
    from rejudged
    where download_key is not null
    union
    -- A request that now belongs to another episode leaves the windows it was in.
    select counted.tenant_id, counted.download_key
    from rejudged_days as days
    inner join {{ this }} as counted using (tenant_id, household_hash)
    where counted.opened_at < days.day_end and counted.closed_at >= days.day_start
    union
    -- The feed corrected a duration or a size: the threshold moves.
    select counted.tenant_id, counted.download_key
    from episodes
    inner join {{ this }} as counted using (tenant_id, show_id, episode_guid)
    where
        episodes.xact >= (select ops.build_from_xact())
        and (episodes.duration_s, episodes.enclosure_bytes) is distinct from (counted.duration_s, counted.enclosure_bytes)
),
{% endif %}

surviving as (
    select
        requests.*,
        episodes.duration_s,
        episodes.enclosure_bytes,
        coalesce(requests.file_size, episodes.enclosure_bytes) as known_file_size
    from requests
    {% if is_incremental() %}
    inner join touched using (tenant_id, download_key)
    {% endif %}
    left join episodes
        on
            requests.tenant_id = episodes.tenant_id
            and requests.show_id = episodes.show_id
            and requests.episode_guid = episodes.episode_guid
    where requests.rejected_by is null
),

-- Only what the windows need, since the rows are sorted several times. Equal times are told apart by their place in the log, not
-- by when they were landed.
sequenced as (
    select
        tenant_id,
        download_key,
        requested_at,
        request_day,
        request_id,
        status = 200 and not is_hls as is_whole_response,
        {{ served_bytes('status', 'range_start', 'range_end', 'range_suffix', 'bytes_sent', 'known_file_size') }} as bytes_range,
        row_number() over key_order as ordinal,
        lag(requested_at) over key_order as previous_at
    from surviving
    window key_order as (
        partition by tenant_id, download_key
        order by requested_at, log_source_id, file_offset, request_id
    )
),

-- last_touch: a new download where nothing came for 24 h.
visits as (
    select
        *,
        max(requested_at) filter (where previous_at is null or requested_at - previous_at >= interval '24 hours') over (
            partition by tenant_id, download_key order by ordinal
        ) as visit_at
    from sequenced
),

-- first_touch: 24 h rolling from the request that opened the download. A visit opens one; only a visit of a day or more can
-- open others, and there each request points at the first one 24 h or more after it.
long_visits as (
    select tenant_id, download_key, visit_at
    from visits
    group by tenant_id, download_key, visit_at
    having max(requested_at) - visit_at >= interval '24 hours'
),

followers as (
    select
        visits.tenant_id,
        visits.download_key,
        visits.visit_at,
        visits.requested_at,
        first_value(visits.requested_at) over (
            partition by visits.tenant_id, visits.download_key, visits.visit_at
            order by visits.requested_at
            range between interval '24 hours' following and unbounded following
        ) as next_opening_at
    from visits
    inner join long_visits using (tenant_id, download_key, visit_at)
),

openings as (
    with recursive chain as (
        select tenant_id, download_key, visit_at, visit_at as opening_at
        from long_visits
        union
        select chain.tenant_id, chain.download_key, chain.visit_at, followers.next_opening_at
        from chain
        inner join followers
            on
                chain.tenant_id = followers.tenant_id
                and chain.download_key = followers.download_key
                and chain.opening_at = followers.requested_at
        where followers.next_opening_at is not null
    )

    select tenant_id, download_key, opening_at
    from chain
),

placed as (
    select
        visits.*,
        coalesce(
            max(openings.opening_at) over (
                partition by visits.tenant_id, visits.download_key, visits.visit_at order by visits.ordinal
            ),
            visits.visit_at
        ) as first_touch_at
    from visits
    left join openings
        on
            visits.tenant_id = openings.tenant_id
            and visits.download_key = openings.download_key
            and visits.requested_at = openings.opening_at
),

windowed as (
    select
        placed.tenant_id,
        placed.download_key,
        placed.ordinal,
        placed.requested_at,
        placed.request_id,
        placed.is_whole_response,
        placed.bytes_range,
        windows.counting_window,
        windows.window_at
    from placed
    cross join lateral (
        values
        ('calendar', placed.request_day::timestamp at time zone 'UTC'),
        ('first_touch', placed.first_touch_at),
        ('last_touch', placed.visit_at)
    ) as windows (counting_window, window_at)
),

grouped as (
    select
        tenant_id,
        download_key,
        counting_window,
        (array_agg(request_id order by ordinal))[1] as opening_request_id,
        max(requested_at) as closed_at,
        count(*) as request_count,
        coalesce(range_agg(bytes_range), '{}'::int8multirange) as bytes_union,
        bool_or(is_whole_response) as has_whole_response
    from windowed
    group by tenant_id, download_key, counting_window, window_at
),

-- The window speaks for its first request: its time, its file's size, the lists that judged it.
measured as (
    select
        grouped.tenant_id,
        grouped.download_key,
        grouped.counting_window,
        opener.show_id,
        opener.episode_guid,
        opener.requested_at as opened_at,
        grouped.closed_at,
        opener.household_hash,
        opener.key_epoch,
        opener.user_agent,
        opener.ip_class,
        grouped.request_count,
        grouped.bytes_union,
        size.bytes_counted,
        grouped.has_whole_response,
        opener.known_file_size as file_size,
        opener.header_bytes,
        opener.duration_s,
        opener.enclosure_bytes,
        {{ threshold_bytes('opener.known_file_size', 'opener.header_bytes', 'opener.duration_s') }} as threshold_bytes,
        opener.user_agent_list_version,
        opener.ip_list_version
    from grouped
    cross join
        lateral (
            select coalesce(sum(upper(span) - lower(span)), 0)::bigint as bytes_counted
            from unnest(grouped.bytes_union) as span
        ) as size
    inner join surviving as opener
        on grouped.tenant_id = opener.tenant_id and grouped.opening_request_id = opener.request_id
),

counted as (
    select
        tenant_id,
        md5(
            download_key::text || counting_window || extract(epoch from opened_at)::text
        )::uuid as download_id,
        download_key,
        counting_window,
        show_id,
        episode_guid,
        opened_at,
        closed_at,
        (opened_at at time zone 'UTC')::date as day,
        household_hash,
        key_epoch,
        user_agent,
        ip_class,
        request_count,
        bytes_union,
        bytes_counted,
        threshold_bytes,
        has_whole_response or coalesce(bytes_counted >= threshold_bytes, false) as is_valid,
        file_size,
        header_bytes,
        duration_s,
        enclosure_bytes,
        user_agent_list_version,
        ip_list_version,
        pg_current_xact_id() as counted_xact
    from measured
),

final as (
    {% if is_incremental() %}
    -- A touched key that lost its last window: its row deletes what was counted and is deleted itself by the post-hook.
    select *  -- noqa: RF02
    from touched
    left join counted using (tenant_id, download_key)
    {% else %}
    select * from counted
    {% endif %}
)

select * from final
