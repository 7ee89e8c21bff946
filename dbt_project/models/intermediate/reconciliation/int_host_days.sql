{{
    config(
        materialized='table',
        indexes=[{'columns': ['tenant_id', 'show_id', 'source', 'day']}],
        post_hook='analyze {{ this }}',
    )
}}

-- Only what may stand beside a count of downloads by day and episode; the last days, since hosts restate no older ones.
with downloads as (
    select * from {{ ref('int_downloads_counted') }}
),

own_sources as (
    select * from {{ ref('int_own_sources') }}
),

statistics as (
    select * from {{ ref('int_host_statistics') }}
    where
        metric = 'download' and grain = 'day' and dimension = '' and not is_cumulative and episode_key <> '*'
        and period_start > ({{ build_as_of() }} at time zone 'UTC')::date - {{ var('reconciliation_days', 120) }}
),

zones as (
    select
        tenant_id,
        show_id,
        source,
        (array_agg(tz order by fetched_at desc, tz))[1] as named
    from statistics
    group by tenant_id, show_id, source
),

-- A zone that PostgreSQL does not know would end the build: its days are taken for UTC's.
known_zones as (
    select
        zones.tenant_id,
        zones.show_id,
        zones.source,
        case when exists (
            select 1 from pg_timezone_names as z
            where z.name = zones.named
        ) then zones.named
        else 'UTC' end
            as time_zone
    from zones
),

-- Our own prefix is a second count of a show that has logs too, and is compared as a host's is.
prefixed as (
    select
        downloads.tenant_id,
        downloads.show_id,
        downloads.source,
        'UTC' as time_zone,
        downloads.episode_guid,
        downloads.day,
        count(*) as downloads,
        null::timestamptz as fetched_at
    from downloads
    inner join own_sources on downloads.tenant_id = own_sources.tenant_id and downloads.show_id = own_sources.show_id
    where
        downloads.source = 'prefix' and own_sources.source <> 'prefix'
        and downloads.counting_window = 'first_touch' and downloads.is_valid
        and downloads.day > ({{ build_as_of() }} at time zone 'UTC')::date - {{ var('reconciliation_days', 120) }}
    group by downloads.tenant_id, downloads.show_id, downloads.source, downloads.episode_guid, downloads.day
),

hosted as (
    select
        statistics.tenant_id,
        statistics.show_id,
        statistics.source,
        known_zones.time_zone,
        statistics.episode_guid,
        statistics.period_start as day,
        sum(statistics.value)::bigint as downloads,
        max(statistics.fetched_at) as fetched_at
    from statistics
    inner join known_zones using (tenant_id, show_id, source)
    group by
        statistics.tenant_id, statistics.show_id, statistics.source, known_zones.time_zone, statistics.episode_guid,
        statistics.period_start
),

final as (
    select * from hosted
    union all
    select * from prefixed
)

select * from final
