-- By which rules a host counts is seldom published. Of the combinations that we can count ourselves, the one under which our
-- requests come nearest to the host's figures over all its days; ours, unless another leaves a tenth less.
with counts as (
    select * from {{ ref('int_counts_by_rule') }}
),

host_days as (
    select * from {{ ref('int_host_days') }}
),

rules as (
    select
        windows.counting_window,
        thresholds.has_threshold,
        bots.filters_bots,
        (windows.counting_window <> 'first_touch')::integer + (not thresholds.has_threshold)::integer
        + (not bots.filters_bots)::integer as deviations
    from (values ('first_touch'), ('calendar'), ('last_touch')) as windows (counting_window)
    cross join (values (true), (false)) as thresholds (has_threshold)
    cross join (values (true), (false)) as bots (filters_bots)
),

-- Days of which both have something: a day that one of them lacks says nothing of rules.
host_shows as (
    select distinct tenant_id, show_id, source, day
    from host_days
),

own_shows as (
    select distinct tenant_id, show_id, source, day
    from counts
),

shared as (
    select host_shows.*
    from host_shows
    inner join own_shows using (tenant_id, show_id, source, day)
),

keys as (
    select counts.tenant_id, counts.show_id, counts.source, counts.episode_guid, counts.day
    from counts
    inner join shared using (tenant_id, show_id, source, day)
    union
    select host_days.tenant_id, host_days.show_id, host_days.source, host_days.episode_guid, host_days.day
    from host_days
    inner join shared using (tenant_id, show_id, source, day)
),

tried as (
    select
        keys.tenant_id,
        keys.show_id,
        keys.source,
        rules.counting_window,
        rules.has_threshold,
        rules.filters_bots,
        rules.deviations,
        sum(abs(
            coalesce(host_days.downloads, 0)
            - coalesce(case when rules.has_threshold then counts.people_valid else counts.people_all end, 0)
            - case
                when rules.filters_bots then 0
                when rules.has_threshold then coalesce(counts.machines_valid, 0)
                else coalesce(counts.machines_all, 0)
            end
        )) as left_over
    from keys
    cross join rules
    left join counts
        on
            keys.tenant_id = counts.tenant_id and keys.show_id = counts.show_id and keys.source = counts.source
            and keys.episode_guid = counts.episode_guid and keys.day = counts.day
            and rules.counting_window = counts.counting_window
    left join host_days
        on
            keys.tenant_id = host_days.tenant_id and keys.show_id = host_days.show_id and keys.source = host_days.source
            and keys.episode_guid = host_days.episode_guid and keys.day = host_days.day
    group by
        keys.tenant_id, keys.show_id, keys.source, rules.counting_window, rules.has_threshold, rules.filters_bots, rules.deviations
),

ranked as (
    select
        *,
        max(left_over) filter (where deviations = 0) over by_host as left_over_ours,
        row_number() over (
            partition by tenant_id, show_id, source
            order by left_over, deviations, counting_window, has_threshold desc, filters_bots desc
        ) as place
    from tried
    window by_host as (partition by tenant_id, show_id, source)
),

chosen as (
    select *
    from ranked
    where
        (place = 1 and left_over <= left_over_ours * 0.9)
        or deviations = 0
),

final as (
    select distinct on (tenant_id, show_id, source)
        tenant_id,
        show_id,
        source,
        counting_window,
        has_threshold,
        filters_bots,
        left_over,
        left_over_ours
    from chosen
    order by tenant_id, show_id, source, left_over, deviations
)

select * from final
