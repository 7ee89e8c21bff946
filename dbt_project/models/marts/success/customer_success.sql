-- Domain rules, section 9: minutes from the account's creation to the first accepted event, NPS from -100 to +100, satisfaction
-- from 1 to 10.
with

customers as (
    select * from {{ ref('int_customers_onboarded') }}
),

volumes as (
    select
        tenant_id,
        sum(accepted_count)::bigint as accepted_count,
        max(hour_at) filter (where accepted_count > 0) as last_event_hour_at
    from {{ ref('int_collection_hours') }}
    group by tenant_id
),

campaigns as (
    select
        tenant_id,
        count(*) as campaigns,
        count(*) filter (where report_generated_at is not null) as reported_campaigns
    from {{ ref('campaign_completion') }}
    group by tenant_id
),

said as (
    select
        tenant_id,
        count(nps_score) filter (where is_recent) as nps_answers,
        count(*) filter (where is_recent and is_promoter) as promoters,
        count(*) filter (where is_recent and is_detractor) as detractors,
        count(satisfaction_score) filter (where is_recent) as satisfaction_answers,
        coalesce(sum(satisfaction_score) filter (where is_recent), 0)::bigint as satisfaction_sum,
        count(*) filter (where is_recent and is_technical_issue) as technical_issues,
        max(created_at) as last_feedback_at
    from {{ ref('int_feedback_scored') }}
    group by tenant_id
),

figures as (
    select
        c.tenant_id,
        c.account_at,
        c.first_event_at,
        extract(epoch from c.first_event_at - c.account_at)::double precision as onboarding_s,
        coalesce(v.accepted_count, 0) as accepted_count,
        v.last_event_hour_at,
        coalesce(k.campaigns, 0) as campaigns,
        coalesce(k.reported_campaigns, 0) as reported_campaigns,
        coalesce(s.nps_answers, 0) as nps_answers,
        coalesce(s.promoters, 0) as promoters,
        coalesce(s.detractors, 0) as detractors,
        100.0::double precision * (s.promoters - s.detractors) / nullif(s.nps_answers, 0) as nps_score,
        coalesce(s.satisfaction_answers, 0) as satisfaction_answers,
        coalesce(s.satisfaction_sum, 0) as satisfaction_sum,
        s.satisfaction_sum::double precision / nullif(s.satisfaction_answers, 0) as satisfaction_score,
        coalesce(s.technical_issues, 0) as technical_issues,
        s.last_feedback_at
    from customers as c
    left join volumes as v on c.tenant_id = v.tenant_id
    left join campaigns as k on c.tenant_id = k.tenant_id
    left join said as s on c.tenant_id = s.tenant_id
),

final as (
    select
        *,
        coalesce(onboarding_s < 0, false) as is_data_error,
        coalesce(nps_score < {{ var('alert_nps', 50) }}, false) as is_nps_alert,
        coalesce(satisfaction_score < {{ var('alert_satisfaction', 7) }}, false) as is_satisfaction_alert
    from figures
)

select * from final
