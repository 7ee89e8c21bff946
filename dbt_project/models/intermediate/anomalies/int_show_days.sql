-- Each day from a show's first to its last counted one, those without a download included: a silence is a drop.
with agent_days as (
    select * from {{ ref('int_show_agent_days') }}
),

episodes as (
    select * from {{ ref('int_episodes_known') }}
),

totals as (
    select
        tenant_id,
        show_id,
        day,
        sum(downloads)::bigint as downloads,
        sum(complete_downloads)::bigint as complete_downloads
    from agent_days
    group by tenant_id, show_id, day
),

households as (
    select
        tenant_id,
        show_id,
        day,
        household_hash,
        sum(downloads)::bigint as downloads,
        row_number() over (
            partition by tenant_id, show_id, day order by sum(downloads) desc, household_hash
        ) as place
    from agent_days
    group by tenant_id, show_id, day, household_hash
),

spans as (
    select
        tenant_id,
        show_id,
        min(day) as first_day,
        -- A silence that lasts is told for a fortnight; then it is how the show is.
        least(max(day) + 14, ({{ build_as_of() }} at time zone 'UTC')::date - 1) as last_day
    from totals
    group by tenant_id, show_id
),

days as (
    select
        tenant_id,
        show_id,
        generate_series(first_day, last_day, interval '1 day')::date as day
    from spans
),

releases as (
    select distinct
        tenant_id,
        show_id,
        (published_at at time zone 'UTC')::date as day
    from episodes
    where published_at is not null
),

aged as (
    select
        days.tenant_id,
        days.show_id,
        days.day,
        -- The day of a release and the one after it are like those of other releases, whatever their weekday.
        case
            when today.day is not null then 0
            when yesterday.day is not null then 1
            else 2
        end as release_age
    from days
    left join releases as today
        on days.tenant_id = today.tenant_id and days.show_id = today.show_id and days.day = today.day
    left join releases as yesterday
        on days.tenant_id = yesterday.tenant_id and days.show_id = yesterday.show_id and days.day = yesterday.day + 1
),

final as (
    select
        aged.tenant_id,
        aged.show_id,
        aged.day,
        extract(isodow from aged.day)::integer as weekday,
        aged.release_age,
        coalesce(totals.downloads, 0) as downloads,
        coalesce(totals.complete_downloads, 0) as complete_downloads,
        households.household_hash as top_household_hash,
        coalesce(households.downloads, 0) as top_household_downloads,
        -- On this scale the spread of a count is one, whatever the count (Anscombe's transform).
        2 * sqrt(coalesce(totals.downloads, 0) + 0.375) as height
    from aged
    left join totals
        on aged.tenant_id = totals.tenant_id and aged.show_id = totals.show_id and aged.day = totals.day
    left join households
        on
            aged.tenant_id = households.tenant_id and aged.show_id = households.show_id and aged.day = households.day
            and households.place = 1
)

select * from final
