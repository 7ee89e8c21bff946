-- Days that are not like the days before them, told by medians and median deviations, which one wild day does not move. A day is
-- compared with those of its weekday and age of release, from which the show's own level was taken first. docs/anomalies.md has the
-- thresholds, and how often an honest show trips them.
with show_days as (
    select * from {{ ref('int_show_days') }}
),

agent_days as (
    select * from {{ ref('int_show_agent_days') }}
),

statistics as (
    select * from {{ ref('int_host_statistics') }}
    where grain = 'day' and not is_cumulative and dimension = '' and metric in ('play', 'stream')
),

decisions as (
    select * from {{ ref('stg_lists__anomaly_decisions') }}
),

-- Four weeks before the day, whatever their weekday: the show's own level, its strongest household, who hears to the end.
gathered as (
    select
        *,
        array_agg(height) over four_weeks as heights,
        array_agg(top_household_downloads) over four_weeks as top_households,
        count(*) over four_weeks as days_before,
        sum(downloads) over four_weeks as downloads_before,
        (sum(complete_downloads) over four_weeks)::double precision / nullif(sum(downloads) over four_weeks, 0) as complete_rate
    from show_days
    window four_weeks as (
        partition by tenant_id, show_id order by day
        range between interval '28 days' preceding and interval '1 day' preceding
    )
),

levelled as (
    select
        *,
        {{ median('heights') }} as level_height,
        {{ median('top_households') }} as top_household_median,
        height - {{ median('heights') }} as height_off
    from gathered
),

-- Of the twelve weeks before: days of the same weekday and age of release, four at least; else of the same age of release.
alike as (
    select
        *,
        array_agg(height_off) filter (where days_before >= 14) over (
            partition by tenant_id, show_id, weekday, release_age order by day
            range between interval '84 days' preceding and interval '1 day' preceding
        ) as same_weekdays,
        array_agg(height_off) filter (where days_before >= 14) over (
            partition by tenant_id, show_id, release_age order by day
            range between interval '84 days' preceding and interval '1 day' preceding
        ) as same_ages
    from levelled
),

chosen as (
    select
        *,
        case when cardinality(same_weekdays) >= 4 then same_weekdays else same_ages end as baseline
    from alike
    where days_before >= 14
),

centred as (
    select
        *,
        cardinality(baseline) as baseline_days,
        {{ median('baseline') }} as typical_off
    from chosen
    where cardinality(baseline) >= 4
),

based as (
    select
        *,
        {{ median_deviation('baseline', 'typical_off') }} as spread
    from centred
),

scored as (
    select
        *,
        greatest(power(greatest(level_height + typical_off, 0) / 2, 2) - 0.375, 0) as expected,
        -- 1.4826: the median deviation of a normal distribution, as its standard deviation. A few days know little of their spread.
        (height_off - typical_off) / (greatest(1.4826 * spread, 1) * (1 + 2.0 / baseline_days)) as score
    from based
),

jumps as (
    select
        tenant_id,
        show_id,
        day,
        case when score > 0 then 'spike' else 'drop' end as kind,
        downloads::double precision as observed,
        expected,
        score,
        downloads,
        baseline_days,
        null::text as user_agent,
        null::bytea as household_hash
    from scored
    where
        abs(score) >= {{ var('anomaly_score', 6) }}
        and abs(downloads - expected) >= greatest(0.5 * greatest(expected, downloads), {{ var('anomaly_min_downloads', 20) }})
),

households as (
    select
        tenant_id,
        show_id,
        day,
        'household_dominates' as kind,
        top_household_downloads::double precision as observed,
        coalesce(top_household_median, 0) as expected,
        (2 * sqrt(top_household_downloads + 0.375) - 2 * sqrt(coalesce(top_household_median, 0) + 0.375)) as score,
        downloads,
        days_before as baseline_days,
        null::text as user_agent,
        top_household_hash as household_hash
    from levelled
    where
        top_household_downloads >= greatest(10, 0.2 * downloads)
        and top_household_downloads >= 3 * coalesce(top_household_median, 0)
        and 2 * sqrt(top_household_downloads + 0.375) - 2 * sqrt(coalesce(top_household_median, 0) + 0.375)
        >= {{ var('anomaly_score', 6) }} / 2.0
        and (days_before >= 7 or top_household_downloads >= greatest(20, 0.5 * downloads))
),

agents as (
    select
        tenant_id,
        show_id,
        day,
        user_agent,
        sum(downloads)::bigint as downloads
    from agent_days
    group by tenant_id, show_id, day, user_agent
),

agents_before as (
    select
        *,
        sum(downloads) over (
            partition by tenant_id, show_id, user_agent order by day
            range between interval '28 days' preceding and interval '1 day' preceding
        ) as downloads_before
    from agents
),

agent_shares as (
    select
        agents_before.tenant_id,
        agents_before.show_id,
        agents_before.day,
        agents_before.user_agent,
        agents_before.downloads,
        levelled.downloads as day_downloads,
        levelled.days_before,
        coalesce(agents_before.downloads_before, 0)::double precision / nullif(levelled.downloads_before, 0) as usual_share
    from agents_before
    inner join levelled using (tenant_id, show_id, day)
    where
        agents_before.downloads >= {{ var('anomaly_min_downloads', 20) }}
        and agents_before.downloads >= 0.25 * levelled.downloads
        and levelled.days_before >= 14
),

agents_scored as (
    select
        *,
        (downloads - usual_share * day_downloads)
        / sqrt(day_downloads * usual_share * (1 - usual_share) + 1) as score
    from agent_shares
    where usual_share is not null
),

dominating_agents as (
    select distinct on (tenant_id, show_id, day)
        tenant_id,
        show_id,
        day,
        'agent_dominates' as kind,
        downloads::double precision as observed,
        usual_share * day_downloads as expected,
        score,
        day_downloads as downloads,
        days_before as baseline_days,
        user_agent,
        null::bytea as household_hash
    from agents_scored
    where score >= {{ var('anomaly_score', 6) }} and downloads - usual_share * day_downloads >= 0.25 * day_downloads
    order by tenant_id, show_id, day, score desc, user_agent
),

-- Suddenly nearly everybody hears to the end: whole files are being fetched by something that does not listen.
completions as (
    select
        tenant_id,
        show_id,
        day,
        'impossible_completion' as kind,
        complete_downloads::double precision as observed,
        complete_rate * downloads as expected,
        (complete_downloads - complete_rate * downloads) / sqrt(downloads * complete_rate * (1 - complete_rate) + 1) as score,
        downloads,
        days_before as baseline_days,
        null::text as user_agent,
        null::bytea as household_hash
    from levelled
    where downloads >= 30 and days_before >= 14 and complete_rate is not null
),

-- A statistic of another source: more heard a minute than ever began.
contradictions as (
    select
        tenant_id,
        show_id,
        period_start as day,
        'impossible_completion' as kind,
        sum(value) filter (where metric = 'stream')::double precision as observed,
        sum(value) filter (where metric = 'play')::double precision as expected,
        null::double precision as score,
        sum(value) filter (where metric = 'play')::bigint as downloads,
        0::bigint as baseline_days,
        null::text as user_agent,
        null::bytea as household_hash
    from statistics
    group by tenant_id, show_id, period_start, source
    having sum(value) filter (where metric = 'stream') > sum(value) filter (where metric = 'play')
),

found as (
    select * from jumps
    union all
    select * from households
    union all
    select * from dominating_agents
    union all
    select * from completions
    where
        score >= {{ var('anomaly_score', 6) }}
        and observed - expected >= 0.2 * downloads
    union all
    select * from contradictions
),

one_each as (
    select distinct on (tenant_id, show_id, day, kind) *
    from found
    order by tenant_id, show_id, day, kind, score desc nulls last, observed desc
),

-- Excluded: what was seen when it was decided, since it is not in the counts any more.
excluded as (
    select distinct on (tenant_id, show_id, day, kind)
        tenant_id,
        show_id,
        day,
        kind,
        (evidence ->> 'observed')::double precision as observed,
        (evidence ->> 'expected')::double precision as expected,
        (evidence ->> 'score')::double precision as score,
        (evidence ->> 'downloads')::bigint as downloads,
        (evidence ->> 'baseline_days')::bigint as baseline_days,
        user_agent,
        household_hash,
        reason,
        decided_by_name,
        decided_at
    from decisions
    where is_excluded
    order by tenant_id, show_id, day, kind, decided_at desc
),

final as (
    select
        coalesce(excluded.tenant_id, one_each.tenant_id) as tenant_id,
        coalesce(excluded.show_id, one_each.show_id) as show_id,
        coalesce(excluded.day, one_each.day) as day,
        coalesce(excluded.kind, one_each.kind) as kind,
        coalesce(excluded.observed, one_each.observed) as observed,
        coalesce(excluded.expected, one_each.expected) as expected,
        coalesce(excluded.score, one_each.score) as score,
        coalesce(excluded.downloads, one_each.downloads, 0) as downloads,
        coalesce(excluded.baseline_days, one_each.baseline_days, 0) as baseline_days,
        case when excluded.tenant_id is null then one_each.user_agent else excluded.user_agent end as user_agent,
        case when excluded.tenant_id is null then one_each.household_hash else excluded.household_hash end as household_hash,
        excluded.tenant_id is not null as is_excluded,
        excluded.reason,
        excluded.decided_by_name as decided_by,
        excluded.decided_at
    from one_each
    full join excluded
        on
            one_each.tenant_id = excluded.tenant_id and one_each.show_id = excluded.show_id
            and one_each.day = excluded.day and one_each.kind = excluded.kind
)

select * from final
