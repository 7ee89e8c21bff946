{{ config(pre_hook=hash_joins_only()) }}

-- Why two counts of one episode and day differ (domain rules, section 1: two certified counts may differ by 5 %). Each cause is
-- what our own requests come to with and without it, one after the other, so that the causes and what is left add up to the gap.
with counts as (
    select * from {{ ref('int_counts_by_rule') }}
),

rules as (
    select * from {{ ref('int_host_rules_inferred') }}
),

host_days as (
    select * from {{ ref('int_host_days') }}
),

own_sources as (
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

statistics as (
    select * from {{ ref('int_host_statistics') }}
    where grain = 'day' and not is_cumulative and episode_key <> '*'
),

hosts as (
    select
        tenant_id,
        show_id,
        source,
        time_zone,
        min(day) as first_day,
        max(day) as last_day
    from host_days
    group by tenant_id, show_id, source, time_zone
),

own_days as (
    select
        requests.tenant_id,
        requests.show_id,
        requests.request_day as day
    from requests
    where requests.show_id is not null
    group by requests.tenant_id, requests.show_id, requests.request_day
),

-- As published: first_touch, by the UTC day.
own as (
    select
        tenant_id,
        show_id,
        episode_guid,
        day,
        count(*) as downloads
    from downloads
    where counting_window = 'first_touch' and is_valid
    group by tenant_id, show_id, episode_guid, day
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

by_window as (
    select
        tenant_id,
        show_id,
        episode_guid,
        source,
        day,
        max(people_valid) filter (where counting_window = 'first_touch') as first_valid,
        max(late_valid) filter (where counting_window = 'first_touch') as late_valid
    from counts
    group by tenant_id, show_id, episode_guid, source, day
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
        coalesce(by_window.first_valid, 0) as in_zone,
        coalesce(by_window.late_valid, 0) as late,
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
    left join by_window
        on
            own_keys.tenant_id = by_window.tenant_id and own_keys.show_id = by_window.show_id
            and own_keys.source = by_window.source and own_keys.episode_guid = by_window.episode_guid
            and own_keys.day = by_window.day
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

own_pairs as (
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
),

-- Downloads in countries that one host reports of this show and the other never does. NULL where either tells no countries.
countries as (
    select
        tenant_id,
        show_id,
        source,
        episode_guid,
        period_start as day,
        upper(dimension_value) as country,
        sum(value)::bigint as downloads
    from statistics
    where metric = 'download' and dimension in ('country', 'country_code')
    group by tenant_id, show_id, source, episode_guid, period_start, upper(dimension_value)
),

reported_countries as (
    select distinct tenant_id, show_id, source, country
    from countries
    where downloads > 0
),

host_pairs_of_shows as (
    select
        a.tenant_id,
        a.show_id,
        a.source as source_a,
        b.source as source_b,
        greatest(a.first_day, b.first_day) as first_day,
        least(a.last_day, b.last_day) as last_day,
        a.time_zone
    from hosts as a
    inner join hosts as b on a.tenant_id = b.tenant_id and a.show_id = b.show_id and a.source < b.source
),

host_pair_keys as (
    select pairs.tenant_id, pairs.show_id, pairs.source_a, pairs.source_b, host_days.episode_guid, host_days.day
    from host_pairs_of_shows as pairs
    inner join host_days
        on
            pairs.tenant_id = host_days.tenant_id and pairs.show_id = host_days.show_id
            and host_days.source in (pairs.source_a, pairs.source_b)
            and host_days.day between pairs.first_day and pairs.last_day
    group by pairs.tenant_id, pairs.show_id, pairs.source_a, pairs.source_b, host_days.episode_guid, host_days.day
),

only_there as (
    select
        keys.tenant_id,
        keys.show_id,
        keys.source_a,
        keys.source_b,
        keys.episode_guid,
        keys.day,
        sum(countries.downloads) filter (where countries.source = keys.source_b and elsewhere.country is null) as only_b,
        sum(countries.downloads) filter (where countries.source = keys.source_a and elsewhere.country is null) as only_a,
        count(distinct countries.source) as telling
    from host_pair_keys as keys
    inner join countries
        on
            keys.tenant_id = countries.tenant_id and keys.show_id = countries.show_id
            and keys.episode_guid = countries.episode_guid and keys.day = countries.day
            and countries.source in (keys.source_a, keys.source_b)
    left join reported_countries as elsewhere
        on
            countries.tenant_id = elsewhere.tenant_id and countries.show_id = elsewhere.show_id
            and countries.country = elsewhere.country
            and elsewhere.source = case when keys.source_a = countries.source then keys.source_b else keys.source_a end
    group by keys.tenant_id, keys.show_id, keys.source_a, keys.source_b, keys.episode_guid, keys.day
),

host_pairs as (
    select
        keys.tenant_id,
        keys.show_id,
        keys.episode_guid,
        keys.day,
        keys.source_a,
        keys.source_b,
        'download' as metric_b,
        coalesce(a.downloads, 0) as count_a,
        coalesce(b.downloads, 0) as count_b,
        null::bigint as gap_time_zone,
        null::bigint as gap_late_data,
        null::bigint as gap_window,
        null::bigint as gap_threshold,
        null::bigint as gap_bots,
        case
            when a_day.day is null or b_day.day is null then 0
            when only_there.telling = 2 then coalesce(only_there.only_b, 0) - coalesce(only_there.only_a, 0)
        end::bigint as gap_geography,
        case
            when a_day.day is null or b_day.day is null then coalesce(b.downloads, 0) - coalesce(a.downloads, 0) else 0
        end as gap_missing_source,
        null::text as time_zone,
        null::text as counting_window,
        null::boolean as has_threshold,
        null::boolean as filters_bots
    from host_pair_keys as keys
    left join host_days as a
        on
            keys.tenant_id = a.tenant_id and keys.show_id = a.show_id and keys.source_a = a.source
            and keys.episode_guid = a.episode_guid and keys.day = a.day
    left join host_days as b
        on
            keys.tenant_id = b.tenant_id and keys.show_id = b.show_id and keys.source_b = b.source
            and keys.episode_guid = b.episode_guid and keys.day = b.day
    left join host_show_days as a_day
        on
            keys.tenant_id = a_day.tenant_id and keys.show_id = a_day.show_id and keys.source_a = a_day.source
            and keys.day = a_day.day
    left join host_show_days as b_day
        on
            keys.tenant_id = b_day.tenant_id and keys.show_id = b_day.show_id and keys.source_b = b_day.source
            and keys.day = b_day.day
    left join only_there
        on
            keys.tenant_id = only_there.tenant_id and keys.show_id = only_there.show_id
            and keys.source_a = only_there.source_a and keys.source_b = only_there.source_b
            and keys.episode_guid = only_there.episode_guid and keys.day = only_there.day
),

-- Plays, streams and listeners are other things than downloads: shown beside them under their own name, never set off.
other_metrics as (
    select
        statistics.tenant_id,
        statistics.show_id,
        statistics.episode_guid,
        statistics.period_start as day,
        max(own_sources.source) as source_a,
        statistics.source as source_b,
        statistics.metric as metric_b,
        coalesce(max(own.downloads), 0) as count_a,
        sum(statistics.value)::bigint as count_b
    from statistics
    inner join own_sources on statistics.tenant_id = own_sources.tenant_id and statistics.show_id = own_sources.show_id
    left join own
        on
            statistics.tenant_id = own.tenant_id and statistics.show_id = own.show_id
            and statistics.episode_guid = own.episode_guid and statistics.period_start = own.day
    where
        statistics.metric in ('play', 'stream', 'listener') and statistics.dimension = ''
        and statistics.period_start > ({{ build_as_of() }} at time zone 'UTC')::date - {{ var('reconciliation_days', 120) }}
    group by
        statistics.tenant_id, statistics.show_id, statistics.episode_guid, statistics.period_start, statistics.source,
        statistics.metric
),

pairs as (
    select * from own_pairs
    union all
    select * from host_pairs
    where count_a > 0 or count_b > 0
),

compared as (
    select
        *,
        count_b - count_a as gap,
        count_b - count_a - coalesce(gap_time_zone, 0) - coalesce(gap_late_data, 0) - coalesce(gap_window, 0)
        - coalesce(gap_threshold, 0) - coalesce(gap_bots, 0) - coalesce(gap_geography, 0) - gap_missing_source as gap_unexplained
    from pairs
),

final as (
    select
        tenant_id,
        show_id,
        episode_guid,
        day,
        source_a,
        source_b,
        metric_b,
        count_a,
        count_b,
        gap,
        abs(gap)::double precision / greatest(count_a, count_b) as gap_rate,
        case
            when abs(gap) <= 0.05 * greatest(count_a, count_b) then 'within_5_percent'
            when gap_missing_source <> 0 then 'missing_source'
            when abs(gap_unexplained) <= 0.05 * greatest(count_a, count_b) then 'explained'
            else 'unexplained'
        end as verdict,
        gap_time_zone,
        gap_late_data,
        gap_window,
        gap_threshold,
        gap_bots,
        gap_geography,
        gap_missing_source,
        gap_unexplained,
        time_zone,
        counting_window as host_window,
        has_threshold as host_has_threshold,
        filters_bots as host_filters_bots
    from compared
    union all
    select
        tenant_id,
        show_id,
        episode_guid,
        day,
        source_a,
        source_b,
        metric_b,
        count_a,
        count_b,
        null::bigint as gap,
        null::double precision as gap_rate,
        'not_comparable' as verdict,
        null::bigint as gap_time_zone,
        null::bigint as gap_late_data,
        null::bigint as gap_window,
        null::bigint as gap_threshold,
        null::bigint as gap_bots,
        null::bigint as gap_geography,
        null::bigint as gap_missing_source,
        null::bigint as gap_unexplained,
        null::text as time_zone,
        null::text as host_window,
        null::boolean as host_has_threshold,
        null::boolean as host_filters_bots
    from other_metrics
)

select * from final
