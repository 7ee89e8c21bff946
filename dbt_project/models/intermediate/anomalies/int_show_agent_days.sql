-- The grain from which both the days and the agents of a day are told. The last year and a bit: what is older is no news.
with own_sources as (
    select * from {{ ref('int_own_sources') }}
),

downloads as (
    select counted.*
    from {{ ref('int_downloads_counted') }} as counted
    inner join own_sources using (tenant_id, show_id, source)
    where
        counted.counting_window = 'first_touch' and counted.is_valid
        and counted.day > ({{ build_as_of() }} at time zone 'UTC')::date - {{ var('anomaly_days', 400) }}
        -- A day that is not over has few downloads, and is no drop.
        and counted.day < ({{ build_as_of() }} at time zone 'UTC')::date
),

final as (
    select
        tenant_id,
        show_id,
        day,
        user_agent,
        household_hash,
        count(*) as downloads,
        count(*) filter (where bytes_counted >= file_size) as complete_downloads
    from downloads
    group by tenant_id, show_id, day, user_agent, household_hash
)

select * from final
