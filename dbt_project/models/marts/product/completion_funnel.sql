-- Domain rules, section 9: entered by creation date; a step counts whenever it was reached, after the week's end too. Each step
-- counts the campaigns that reached it, so that the last one says the same as the completion rate.
with campaigns as (
    select * from {{ ref('campaign_completion') }}
),

reached as (
    select
        campaigns.tenant_id,
        campaigns.created_week,
        campaigns.is_mature,
        steps.step_number,
        steps.step,
        steps.is_reached
    from campaigns
    cross join lateral (
        values
        (1, 'created', true),
        (2, 'attribution_configured', campaigns.configured_at is not null),
        (3, 'first_event_received', campaigns.first_event_at is not null),
        (4, 'analytics_viewed', campaigns.analytics_viewed_at is not null),
        (5, 'report_generated', campaigns.report_generated_at is not null),
        (6, 'completed', campaigns.is_completed)
    ) as steps (step_number, step, is_reached)
),

final as (
    select
        tenant_id,
        created_week,
        step_number,
        step,
        count(*) filter (where is_reached) as campaigns,
        count(*) filter (where is_reached and is_mature) as mature_campaigns,
        count(*) filter (where is_reached)::double precision / count(*) as rate
    from reached
    group by tenant_id, created_week, step_number, step
)

select * from final
