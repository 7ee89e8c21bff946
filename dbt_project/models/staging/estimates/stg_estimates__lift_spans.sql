with

studies as (select * from {{ source('campaign_estimates', 'last_lift_studies') }}),

spans as (select * from {{ source('campaign_estimates', 'last_lift_spans') }}),

final as (
    select
        p.tenant_id,
        p.campaign_id,
        p.week_from,
        p.week_to,
        p.verdict,
        p.reason,
        p.exposed_count,
        p.matched_count,
        p.control_count,
        p.exposed_conversions,
        p.control_conversions,
        p.detectable_lift,
        p.exposed_rate,
        p.control_rate,
        p.lift,
        p.lift_low,
        p.lift_high,
        p.incremental_conversions,
        p.incremental_low,
        p.incremental_high,
        s.design,
        s.split_tests,
        s.split_tests_positive,
        s.model_version,
        s.seed,
        s.build_id as fitted_build_id,
        s.fitted_at
    from spans as p
    inner join studies as s using (tenant_id, campaign_id)
)

select * from final
