-- Domain rules, section 7: lift with its placebo and the measured false positives beside it. Two such: of random halves of
-- unexposed households (A/A), and of single weeks before the exposure, over all campaigns of the tenant.
with

spans as (select * from {{ ref('stg_estimates__lift_spans') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

tested as (
    select
        tenant_id,
        count(*) filter (where lift is not null) as placebo_tests,
        count(*) filter (where lift_low > 0 or lift_high < 0) as placebo_tests_positive
    from spans
    where week_to <= 0 and week_to = week_from + 1
    group by tenant_id
),

halved as (
    select
        tenant_id,
        sum(split_tests)::bigint as split_tests,
        sum(split_tests_positive)::bigint as split_tests_positive
    from spans
    where week_from = 0 and week_to = 1
    group by tenant_id
),

final as (
    select
        s.tenant_id,
        s.campaign_id,
        c.sponsor_id,
        s.week_from,
        s.week_to,
        s.week_to <= 0 as is_placebo,
        s.week_to - s.week_from > 1 as is_headline,
        s.design,
        s.verdict,
        s.reason,
        s.exposed_count,
        s.matched_count,
        s.control_count,
        s.exposed_conversions,
        s.control_conversions,
        s.detectable_lift,
        s.exposed_rate,
        s.control_rate,
        s.lift,
        s.lift_low,
        s.lift_high,
        s.incremental_conversions,
        s.incremental_low,
        s.incremental_high,
        coalesce(h.split_tests, 0) as split_tests,
        coalesce(h.split_tests_positive, 0) as split_tests_positive,
        coalesce(t.placebo_tests, 0) as placebo_tests,
        coalesce(t.placebo_tests_positive, 0) as placebo_tests_positive,
        s.model_version,
        s.seed,
        s.fitted_build_id,
        s.fitted_at
    from spans as s
    inner join campaigns as c on s.tenant_id = c.tenant_id and s.campaign_id = c.campaign_id
    left join tested as t on s.tenant_id = t.tenant_id
    left join halved as h on s.tenant_id = h.tenant_id
)

select * from final
