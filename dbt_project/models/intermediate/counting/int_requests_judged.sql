{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['tenant_id', 'household_hash', 'request_day'],
        indexes=[
            {'columns': ['tenant_id', 'household_hash', 'request_day']},
            {'columns': ['download_key']},
            {'columns': ['tenant_id', 'media_key']},
            {'columns': ['judged_xact']},
        ],
    )
}}

-- Domain rules, section 1: the rules in their order, first match wins, the row is kept with the rule's code.
-- A household's UTC day is judged whole: one more request may carry the hour or the day over the volume that is believed, and
-- then the requests before it are rejected too.
with requests as (
    select * from {{ ref('stg_logs__requests') }}
),

media_keys as (
    select * from {{ ref('stg_feeds__media_keys') }}
),

preloading_players as (
    select * from {{ ref('preloading_players') }}
),

{% if is_incremental() %}
arrived as (
    select distinct tenant_id, household_hash, request_day
    from requests
    where xact >= (select ops.build_from_xact())
),

-- A feed that names a file anew gives its older requests another episode, or a first one.
remapped as (
    select distinct judged.tenant_id, judged.household_hash, judged.request_day
    from media_keys
    inner join {{ this }} as judged using (tenant_id, media_key)
    where
        media_keys.changed_xact >= (select ops.build_from_xact())
        and (media_keys.show_id, media_keys.episode_guid) is distinct from (judged.show_id, judged.episode_guid)
),

touched as (
    select * from arrived
    union
    select * from remapped
),

to_judge as (
    select requests.*
    from requests
    inner join touched using (tenant_id, household_hash, request_day)
    -- Known only when the query runs, and still prunes the day partitions before the first touched day.
    where requests.requested_at >= (select min(request_day)::timestamp at time zone 'UTC' from touched)
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

episodes_by_hour as (
    select distinct
        tenant_id,
        household_hash,
        request_day,
        date_trunc('hour', requested_at, 'UTC') as request_hour,
        show_id,
        episode_guid
    from screened
    where screened_by is null and episode_guid is not null
),

implausible_hours as (
    select tenant_id, household_hash, request_hour
    from episodes_by_hour
    group by tenant_id, household_hash, request_hour
    having count(*) > {{ var('volume_episodes_per_hour', 30) }}
),

implausible_days as (
    select tenant_id, household_hash, request_day
    from episodes_by_hour
    group by tenant_id, household_hash, request_day
    having count(distinct (show_id, episode_guid)) > {{ var('volume_episodes_per_day', 300) }}
),

judged as (
    select
        screened.*,
        case
            when screened.screened_by is not null then screened.screened_by
            when hours.request_hour is not null or days.request_day is not null then 'volume'
            when preloading.user_agent_prefix is not null then 'preload'
            when screened.episode_guid is null then 'unknown_episode'
        end as rejected_by
    from screened
    left join implausible_hours as hours
        on
            screened.tenant_id = hours.tenant_id
            and screened.household_hash = hours.household_hash
            and date_trunc('hour', screened.requested_at, 'UTC') = hours.request_hour
    left join implausible_days as days
        on
            screened.tenant_id = days.tenant_id
            and screened.household_hash = days.household_hash
            and screened.request_day = days.request_day
    left join lateral (
        select players.user_agent_prefix
        from preloading_players as players
        where starts_with(screened.user_agent, players.user_agent_prefix)
        limit 1
    ) as preloading on true
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
