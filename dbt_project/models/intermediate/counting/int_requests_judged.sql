{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['tenant_id', 'household_hash', 'request_day'],
        indexes=[
            {'columns': ['tenant_id', 'household_hash', 'request_day']},
            {'columns': ['download_key']},
            {'columns': ['media_key']},
            {'columns': ['judged_xact']},
        ],
        pre_hook=hash_joins_only(),
        post_hook='analyze {{ this }} (tenant_id, household_hash, request_day, download_key, media_key)',
    )
}}

-- Domain rules, section 1: the rules in their order, first match wins, the row is kept with the rule's code.
-- A household's UTC day is judged whole: one more request may carry the hour or the day over the volume that is believed, and
-- then the requests before it are rejected too.
with requests as not materialized (
    select * from {{ ref('stg_logs__requests') }}
),

media_keys as (
    select * from {{ ref('int_media_keys_resolved') }}
),

preloading_players as (
    select * from {{ ref('stg_lists__preloading_players') }}
),

excluded_days as (
    select * from {{ ref('stg_lists__excluded_days') }}
),

rejudged_agents as (  -- noqa: ST03
    select * from {{ ref('stg_lists__rejudged_agents') }}
),

rejudged_prefixes as (  -- noqa: ST03
    select * from {{ ref('stg_lists__rejudged_prefixes') }}
),

{% if is_incremental() %}
arrived as (
    select distinct tenant_id, household_hash, request_day
    from requests
    where xact >= (select ops.build_from_xact())
),

-- A feed that names a file anew gives its older requests another episode, or a first one.
changed_keys as (
    select * from media_keys
    where changed_xact >= (select ops.build_from_xact())
),

remapped as (
    select distinct judged.tenant_id, judged.household_hash, judged.request_day
    from {{ this }} as judged
    inner join changed_keys using (tenant_id, media_key)
    where
        -- The join without nested loops would read the whole table; the array makes it an index scan.
        judged.media_key = any(array(select keys.media_key from changed_keys as keys))
        and (changed_keys.show_id, changed_keys.episode_guid) is distinct from (judged.show_id, judged.episode_guid)
),

-- What a recount judged again (docs/lists.md); its overlay names days, so that no other partition is read.
new_agents as (
    select * from rejudged_agents
    where xact >= (select ops.build_from_xact())
),

new_prefixes as (
    select * from rejudged_prefixes
    where xact >= (select ops.build_from_xact())
),

recounted as (
    select requests.tenant_id, requests.household_hash, requests.request_day
    from requests
    inner join new_agents using (tenant_id, request_day, user_agent)
    where
        requests.requested_at >= (select min(days.request_day)::timestamp at time zone 'UTC' from new_agents as days)
        and requests.requested_at < (select (max(days.request_day) + 1)::timestamp at time zone 'UTC' from new_agents as days)
    union
    select requests.tenant_id, requests.household_hash, requests.request_day
    from requests
    inner join new_prefixes using (tenant_id, request_day, ip_prefix)
    where
        requests.requested_at >= (select min(days.request_day)::timestamp at time zone 'UTC' from new_prefixes as days)
        and requests.requested_at < (select (max(days.request_day) + 1)::timestamp at time zone 'UTC' from new_prefixes as days)
),

-- Days of a show on which a decision took requests out of the counts, or gave them back.
decided as (
    select distinct judged.tenant_id, judged.household_hash, judged.request_day
    from {{ this }} as judged
    inner join excluded_days using (tenant_id, show_id, request_day)
    where excluded_days.xact >= (select ops.build_from_xact())
),

touched as (
    select * from arrived
    union
    select * from remapped
    union
    select * from recounted
    union
    select * from decided
),

to_judge as (
    select requests.*
    from requests
    inner join touched using (tenant_id, household_hash, request_day)
    -- Known only when the query runs, and still prunes the day partitions before the first touched day.
    where requests.requested_at >= (select min(days.request_day)::timestamp at time zone 'UTC' from touched as days)
),
{% else %}
to_judge as (
    select * from requests
),
{% endif %}

-- The rules that one row decides alone. Data centres and VPNs are judged on arrival, since no address is kept.
screened as (
    select
        to_judge.*,
        media_keys.show_id,
        media_keys.episode_guid,
        case
            when to_judge.method <> 'GET' then 'method'
            when to_judge.status not in (200, 206) then 'status'
            when to_judge.range_header = 'bytes=0-1' then 'probe'
            when to_judge.user_agent_kind = 'bot' or btrim(to_judge.user_agent) = '' then 'bot'
            when to_judge.is_watch then 'watch'
            when to_judge.ip_class in ('datacenter', 'vpn') then 'datacenter'
        end as screened_by
    from to_judge
    left join media_keys using (tenant_id, media_key)
),

-- A distinct count over a window: the rank of the last episode. What an earlier rule rejected, or no feed knows, ranks after.
ranked as (
    select
        *,
        screened_by is null and episode_guid is not null as is_episode,
        dense_rank() over (
            partition by tenant_id, household_hash, date_trunc('hour', requested_at, 'UTC')
            order by screened_by is null and episode_guid is not null desc, show_id, episode_guid
        ) as hour_rank,
        dense_rank() over (
            partition by tenant_id, household_hash, request_day
            order by screened_by is null and episode_guid is not null desc, show_id, episode_guid
        ) as day_rank
    from screened
),

measured as (
    select
        *,
        max(hour_rank) filter (where is_episode) over (
            partition by tenant_id, household_hash, date_trunc('hour', requested_at, 'UTC')
        ) as episodes_in_hour,
        max(day_rank) filter (where is_episode) over (
            partition by tenant_id, household_hash, request_day
        ) as episodes_in_day
    from ranked
),

judged as (
    select
        measured.*,
        case
            when measured.screened_by is not null then measured.screened_by
            when
                measured.episodes_in_hour > {{ var('volume_episodes_per_hour', 30) }}
                or measured.episodes_in_day > {{ var('volume_episodes_per_day', 300) }}
                then 'volume'
            when exists (
                select 1 from unnest(preloading_players.user_agent_prefixes) as players (prefix)
                where starts_with(measured.user_agent, players.prefix)
            ) then 'preload'
            when measured.episode_guid is null then 'unknown_episode'
            -- Taken out by a recorded decision on an anomaly, after every rule of the guidelines.
            when
                excluded_days.is_whole_day
                or measured.user_agent = any(excluded_days.user_agents)
                or measured.household_hash = any(excluded_days.household_hashes)
                then 'anomaly'
        end as rejected_by
    from measured
    left join preloading_players
        on measured.user_agent_list_version = preloading_players.user_agent_list_version
    left join excluded_days
        on
            measured.tenant_id = excluded_days.tenant_id
            and measured.show_id = excluded_days.show_id
            and measured.request_day = excluded_days.request_day
),

final as (
    select
        tenant_id,
        request_id,
        log_source_id,
        file_offset,
        requested_at,
        request_day,
        show_id,
        episode_guid,
        {{ download_key('tenant_id', 'show_id', 'episode_guid', 'household_hash', 'user_agent') }} as download_key,
        household_hash,
        key_epoch,
        user_agent,
        ip_class,
        media_key,
        status,
        is_hls,
        range_start,
        range_end,
        range_suffix,
        bytes_sent,
        file_size,
        header_bytes,
        rejected_by,
        user_agent_list_version,
        ip_list_version,
        -- What was judged since is what int_downloads_counted has to count again.
        pg_current_xact_id() as judged_xact
    from judged
)

select * from final
