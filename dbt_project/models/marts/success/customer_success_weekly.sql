with

events as (
    select
        tenant_id,
        date_trunc('week', hour_at at time zone 'UTC')::date as week,
        sum(accepted_count)::bigint as accepted_count
    from {{ ref('int_collection_hours') }}
    group by tenant_id, date_trunc('week', hour_at at time zone 'UTC')::date
),

work as (
    select
        tenant_id,
        date_trunc('week', occurred_at at time zone 'UTC')::date as week,
        count(distinct user_id) as active_users,
        count(*) filter (where event_name = 'campaign.created') as created_campaigns,
        count(*) filter (where event_name = 'report.generated') as generated_reports
    from {{ ref('stg_product__events') }}
    where occurred_at <= {{ build_as_of() }}
    group by tenant_id, date_trunc('week', occurred_at at time zone 'UTC')::date
),

said as (
    select
        tenant_id,
        date_trunc('week', created_at at time zone 'UTC')::date as week,
        count(nps_score) as nps_answers,
        count(*) filter (where is_promoter) as promoters,
        count(*) filter (where is_detractor) as detractors,
        count(satisfaction_score) as satisfaction_answers,
        coalesce(sum(satisfaction_score), 0)::bigint as satisfaction_sum,
        count(*) filter (where is_technical_issue) as technical_issues
    from {{ ref('int_feedback_scored') }}
    group by tenant_id, date_trunc('week', created_at at time zone 'UTC')::date
),

weeks as (
    select tenant_id, week from events
    union
    select tenant_id, week from work
    union
    select tenant_id, week from said
),

final as (
    select
        w.tenant_id,
        w.week,
        coalesce(e.accepted_count, 0) as accepted_count,
        coalesce(k.active_users, 0) as active_users,
        coalesce(k.created_campaigns, 0) as created_campaigns,
        coalesce(k.generated_reports, 0) as generated_reports,
        coalesce(s.nps_answers, 0) as nps_answers,
        coalesce(s.promoters, 0) as promoters,
        coalesce(s.detractors, 0) as detractors,
        coalesce(s.satisfaction_answers, 0) as satisfaction_answers,
        coalesce(s.satisfaction_sum, 0) as satisfaction_sum,
        coalesce(s.technical_issues, 0) as technical_issues
    from weeks as w
    left join events as e on w.tenant_id = e.tenant_id and w.week = e.week
    left join work as k on w.tenant_id = k.tenant_id and w.week = k.week
    left join said as s on w.tenant_id = s.tenant_id and w.week = s.week
)

select * from final
