{{ config(pre_hook=hash_joins_only()) }}

with host_days as (
    select * from {{ ref('int_host_days') }}
),

hosts as (
    select * from {{ ref('int_host_spans') }}
),

statistics as (
    select * from {{ ref('int_host_statistics') }}
    where grain = 'day' and not is_cumulative and episode_key <> '*'
),

host_show_days as (
    select distinct tenant_id, show_id, source, day
    from host_days
),

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
        least(a.last_day, b.last_day) as last_day
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

-- Downloads in countries that one host reports of this show and the other never does. NULL where either tells no countries.
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

final as (
    select * from host_pairs
    where count_a > 0 or count_b > 0
)

select * from final
