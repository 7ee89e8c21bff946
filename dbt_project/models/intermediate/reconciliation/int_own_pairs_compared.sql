{{ config(pre_hook=hash_joins_only()) }}

-- Each cause is what our own requests come to with and without it, one after the other, so that the causes and what is left add up
-- to the gap.
with counts as (
    select * from {{ ref('int_counts_by_rule') }}
),

rules as (
    select * from {{ ref('int_host_rules_inferred') }}
),

host_days as (
    select * from {{ ref('int_host_days') }}
),

hosts as (
    select * from {{ ref('int_host_spans') }}
),

own_sources as (
    select * from {{ ref('int_own_sources') }}
),

own as (
    select * from {{ ref('int_own_downloads') }}
),

-- A day with a request of ours, counted or not, is none that we lack.
own_days as (
    select distinct
        requests.tenant_id,
        requests.show_id,
        requests.request_day as day
    from {{ ref('int_requests_judged') }} as requests
    inner join own_sources using (tenant_id, show_id, source)
),

host_show_days as (
    select distinct tenant_id, show_id, source, day
    from host_days
),

own_keys as (
    select own.tenant_id, own.show_id, hosts.source, own.episode_guid, own.day
    from own
    inner join hosts using (tenant_id, show_id)
    where own.day between hosts.first_day and hosts.last_day
    union
    select tenant_id, show_id, source, episode_guid, day
    from counts
    union
    select tenant_id, show_id, source, episode_guid, day
    from host_days
),

steps as (
    select
        own_keys.tenant_id,
        own_keys.show_id,
        own_keys.episode_guid,
        own_keys.day,
        own_keys.source,
        own_sources.source as own_source,
        hosts.time_zone,
        rules.counting_window,
        rules.has_threshold,
        rules.filters_bots,
        coalesce(own.downloads, 0) as count_a,
        coalesce(host_days.downloads, 0) as count_b,
        own_days.day is null or host_show_days.day is null as is_missing,
        coalesce(published.people_valid, 0) as in_zone,
        coalesce(published.late_valid, 0) as late,
        coalesce(chosen.people_valid, 0) as in_window,
        coalesce(case when rules.has_threshold then chosen.people_valid else chosen.people_all end, 0) as in_threshold,
        case
            when rules.filters_bots then 0
            when rules.has_threshold then coalesce(chosen.machines_valid, 0)
            else coalesce(chosen.machines_all, 0)
        end as machines
    from own_keys
    inner join hosts
        on
            own_keys.tenant_id = hosts.tenant_id and own_keys.show_id = hosts.show_id and own_keys.source = hosts.source
    -- A show without any request of ours has no count to compare.
    inner join own_sources on own_keys.tenant_id = own_sources.tenant_id and own_keys.show_id = own_sources.show_id
    left join rules
        on
            own_keys.tenant_id = rules.tenant_id and own_keys.show_id = rules.show_id and own_keys.source = rules.source
    left join own
        on
            own_keys.tenant_id = own.tenant_id and own_keys.show_id = own.show_id
            and own_keys.episode_guid = own.episode_guid and own_keys.day = own.day
    left join host_days
        on
            own_keys.tenant_id = host_days.tenant_id and own_keys.show_id = host_days.show_id
            and own_keys.source = host_days.source and own_keys.episode_guid = host_days.episode_guid
            and own_keys.day = host_days.day
    left join counts as published
        on
            own_keys.tenant_id = published.tenant_id and own_keys.show_id = published.show_id
            and own_keys.source = published.source and own_keys.episode_guid = published.episode_guid
            and own_keys.day = published.day and published.counting_window = 'first_touch'
    left join counts as chosen
        on
            own_keys.tenant_id = chosen.tenant_id and own_keys.show_id = chosen.show_id
            and own_keys.source = chosen.source and own_keys.episode_guid = chosen.episode_guid
            and own_keys.day = chosen.day and rules.counting_window = chosen.counting_window
    left join own_days
        on own_keys.tenant_id = own_days.tenant_id and own_keys.show_id = own_days.show_id and own_keys.day = own_days.day
    left join host_show_days
        on
            own_keys.tenant_id = host_show_days.tenant_id and own_keys.show_id = host_show_days.show_id
            and own_keys.source = host_show_days.source and own_keys.day = host_show_days.day
),

final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        day,
        own_source as source_a,
        source as source_b,
        'download' as metric_b,
        count_a,
        count_b,
        case when is_missing then 0 else in_zone + late - count_a end as gap_time_zone,
        case when is_missing then 0 else -late end as gap_late_data,
        case when is_missing then 0 else in_window - in_zone end as gap_window,
        case when is_missing then 0 else in_threshold - in_window end as gap_threshold,
        case when is_missing then 0 else machines end as gap_bots,
        -- Our requests carry no country: not measured, which is not zero.
        null::bigint as gap_geography,
        case when is_missing then count_b - count_a else 0 end as gap_missing_source,
        time_zone,
        counting_window,
        has_threshold,
        filters_bots
    from steps
    where count_a > 0 or count_b > 0
)

select * from final
