{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        indexes=[
            {'columns': ['household_hash', 'request_day']},
            {'columns': ['download_key']},
            {'columns': ['media_key']},
            {'columns': ['tenant_id', 'request_day']},
        ],
        pre_hook="{{ touch_household_days() }}",
        post_hook=[
            "{{ note_touched_keys() }}",
            "analyze {{ this }} (tenant_id, household_hash, request_day, download_key, media_key, rejected_by)",
        ],
    )
}}

-- depends_on: {{ ref('stg_lists__rejudged_agents') }}, {{ ref('stg_lists__rejudged_prefixes') }}
-- Domain rules, section 1: the rules in their order, first match wins, the row is kept with the rule's code (seed counting_rules).
-- What an incremental build judges again was taken out before (macro touch_household_days), and its days are read anew.
with settings as (
    select * from {{ ref('stg_counting__settings') }}
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

-- Read twice rather than kept: once for who asks for much, once for all.
to_judge as not materialized (
    select * from {% if is_incremental() %} requests_to_judge {% else %} {{ ref('stg_logs__requests') }} {% endif %}
),

-- The rules that one row decides alone. Data centres and VPNs are judged on arrival, since no address is kept. A prefix cannot see
-- what was sent: its probe is held until the day shows whether something larger followed.
screened as not materialized (
    select
        to_judge.*,
        media_keys.show_id,
        media_keys.episode_guid,
        to_judge.source = 'prefix' and coalesce(to_judge.range_header = 'bytes=0-1', false) as is_held_probe,
        case
            when media_keys.episode_guid is not null
                then {{ download_key(
                    'to_judge.tenant_id', 'to_judge.source', 'media_keys.show_id', 'media_keys.episode_guid',
                    'to_judge.household_hash', 'to_judge.user_agent',
                    "case when settings.key_has_referer then chr(31) || coalesce(to_judge.referer, '') else '' end"
                ) }}
        end as download_key,
        case
            when to_judge.method <> 'GET' then 'method'
            when to_judge.status not in (200, 206) then 'status'
            when to_judge.range_header = 'bytes=0-1' and to_judge.source <> 'prefix' then 'probe'
            when to_judge.user_agent_kind = 'bot' or btrim(to_judge.user_agent) = '' then 'bot'
            when to_judge.is_watch then 'watch'
            when
                to_judge.ip_class in ('datacenter', 'vpn')
                and coalesce(settings.rejects_datacenters, {{ var('rejects_datacenters', true) }})
                then 'datacenter'
        end as screened_by,
        coalesce(settings.volume_episodes_per_hour, {{ var('volume_episodes_per_hour', 30) }}) as hour_limit,
        coalesce(settings.volume_episodes_per_day, {{ var('volume_episodes_per_day', 300) }}) as day_limit
    from to_judge
    left join settings
        on
            to_judge.tenant_id = settings.tenant_id
            and to_judge.request_day >= settings.from_day
            and to_judge.request_day < settings.to_day
    left join media_keys on to_judge.tenant_id = media_keys.tenant_id and to_judge.media_key = media_keys.media_key
),

-- Whoever asks seldom asks for few episodes: only the days of the others are looked into.
busy_days as (
    select to_judge.tenant_id, to_judge.household_hash, to_judge.request_day
    from to_judge
    left join settings
        on
            to_judge.tenant_id = settings.tenant_id
            and to_judge.request_day >= settings.from_day
            and to_judge.request_day < settings.to_day
    group by to_judge.tenant_id, to_judge.household_hash, to_judge.request_day
    having
        count(*) > min(
            least(
                coalesce(settings.volume_episodes_per_hour, {{ var('volume_episodes_per_hour', 30) }}),
                coalesce(settings.volume_episodes_per_day, {{ var('volume_episodes_per_day', 300) }})
            )
        )
),

asked_for as (
    select
        screened.tenant_id,
        screened.household_hash,
        screened.request_day,
        extract(hour from screened.requested_at at time zone 'UTC')::integer as request_hour,
        screened.hour_limit,
        screened.day_limit,
        screened.show_id,
        screened.episode_guid
    from screened
    inner join busy_days using (tenant_id, household_hash, request_day)
    where screened.screened_by is null and screened.episode_guid is not null
),

-- The hours of a household's day in which it asked for more episodes than are believed; all 24 where the day as a whole did.
implausible as (
    select tenant_id, household_hash, request_day, array_agg(request_hour) as request_hours
    from (
        select tenant_id, household_hash, request_day, request_hour
        from asked_for
        group by tenant_id, household_hash, request_day, request_hour
        having count(distinct show_id::text || episode_guid) > min(hour_limit)
        union
        select busy.tenant_id, busy.household_hash, busy.request_day, hours.request_hour
        from (
            select tenant_id, household_hash, request_day
            from asked_for
            group by tenant_id, household_hash, request_day
            having count(distinct show_id::text || episode_guid) > min(day_limit)
        ) as busy
        cross join generate_series(0, 23) as hours (request_hour)
    ) as hours
    group by tenant_id, household_hash, request_day
),

-- Keys and days on which something larger than a prefix's held probe came.
replaced as (
    select distinct tenant_id, download_key, request_day
    from screened
    where source = 'prefix' and screened_by is null and not is_held_probe and download_key is not null
),

judged as (
    select
        screened.*,
        case
            -- Rules 1 and 2 come before the probe, the others after it.
            when screened.screened_by in ('method', 'status') then screened.screened_by
            when screened.is_held_probe and replaced.download_key is not null then 'probe'
            when screened.screened_by is not null then screened.screened_by
            when extract(hour from screened.requested_at at time zone 'UTC')::integer = any(implausible.request_hours) then 'volume'
            when exists (
                select 1 from unnest(preloading_players.user_agent_prefixes) as players (prefix)
                where starts_with(screened.user_agent, players.prefix)
            ) then 'preload'
            when screened.episode_guid is null then 'unknown_episode'
            -- Taken out by a recorded decision on an anomaly, after every rule of the guidelines.
            when
                excluded_days.is_whole_day
                or screened.user_agent = any(excluded_days.user_agents)
                or screened.household_hash = any(excluded_days.household_hashes)
                then 'anomaly'
        end as rejected_by
    from screened
    left join implausible
        on
            screened.tenant_id = implausible.tenant_id
            and screened.household_hash = implausible.household_hash
            and screened.request_day = implausible.request_day
    left join replaced
        on
            screened.is_held_probe
            and screened.tenant_id = replaced.tenant_id
            and screened.download_key = replaced.download_key
            and screened.request_day = replaced.request_day
    left join preloading_players
        on screened.user_agent_list_version = preloading_players.user_agent_list_version
    left join excluded_days
        on
            screened.tenant_id = excluded_days.tenant_id
            and screened.show_id = excluded_days.show_id
            and screened.request_day = excluded_days.request_day
),

final as (
    select
        tenant_id,
        request_id,
        source,
        log_source_id,
        file_offset,
        requested_at,
        request_day,
        show_id,
        episode_guid,
        download_key,
        household_hash,
        key_epoch,
        user_agent,
        ip_class,
        media_key,
        status,
        is_hls,
        is_held_probe,
        range_start,
        range_end,
        range_suffix,
        bytes_sent,
        file_size,
        header_bytes,
        rejected_by,
        user_agent_list_version,
        ip_list_version
    from judged
)

select * from final
