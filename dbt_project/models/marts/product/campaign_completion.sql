-- Domain rules, section 9: a campaign is completed when its flight has ended and its final report was generated.
with campaigns as (
    select * from {{ ref('stg_campaigns__campaigns') }}
),

settings as (
    select * from {{ ref('stg_campaigns__attribution_settings') }}
),

events as (
    select * from {{ ref('stg_product__events') }}
),

reports as (
    select * from {{ ref('stg_product__reports') }}
),

performance as (
    select * from {{ ref('campaign_performance') }}
),

steps as (
    select
        tenant_id,
        campaign_id,
        min(occurred_at) filter (where event_name = 'attribution.configured') as configured_at,
        min(occurred_at) filter (where event_name = 'analytics.viewed') as analytics_viewed_at,
        min(occurred_at) filter (where event_name = 'report.generated') as report_generated_at,
        min(occurred_at) filter (
            where event_name = 'report.generated' and properties ->> 'is_final' = 'true'
        ) as final_report_at
    from events
    where campaign_id is not null
    group by tenant_id, campaign_id
),

generated as (
    select
        tenant_id,
        campaign_id,
        min(finished_at) as report_generated_at,
        min(finished_at) filter (where is_final) as final_report_at
    from reports
    where status = 'succeeded'
    group by tenant_id, campaign_id
),

dated as (
    select
        campaigns.*,
        (campaigns.flight_end + 1)::timestamp at time zone 'UTC' as flight_ended_at,
        {{ build_as_of() }} as as_of,
        make_interval(
            secs => ops.window_of(
                settings.windows_by_kind, campaigns.goal_kind, 'exposure_window_s', coalesce(settings.exposure_window_s, 2592000)
            )
        ) as exposure_window,
        steps.configured_at,
        performance.first_event_at,
        steps.analytics_viewed_at,
        -- The event and the report's own row tell of the same moment; either may be missing.
        least(steps.report_generated_at, generated.report_generated_at) as report_generated_at,
        least(steps.final_report_at, generated.final_report_at) as final_report_at,
        performance.delivered_rate
    from campaigns
    left join settings on campaigns.tenant_id = settings.tenant_id
    left join steps on campaigns.tenant_id = steps.tenant_id and campaigns.campaign_id = steps.campaign_id
    left join generated on campaigns.tenant_id = generated.tenant_id and campaigns.campaign_id = generated.campaign_id
    left join performance on campaigns.tenant_id = performance.tenant_id and campaigns.campaign_id = performance.campaign_id
),

final as (
    select
        tenant_id,
        campaign_id,
        created_at,
        date_trunc('week', created_at at time zone 'UTC')::date as created_week,
        flight_end,
        -- Mature: the last ad's exposure window has passed, so the campaign had its time to be completed.
        flight_ended_at + exposure_window <= as_of as is_mature,
        flight_ended_at <= as_of and final_report_at is not null as is_completed,
        case
            when flight_ended_at <= as_of and final_report_at is not null then greatest(final_report_at, flight_ended_at)
        end as completed_at,
        final_report_at,
        delivered_rate,
        configured_at,
        first_event_at,
        analytics_viewed_at,
        report_generated_at
    from dated
)

select * from final
