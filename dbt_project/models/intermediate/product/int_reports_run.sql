-- A request, its end, and what became of it: by the report's own row and by the product's events, either of which may be missing.
-- As of the moment that the build speaks of: what a run renders after its build is the next one's.
with

events as (
    select
        tenant_id,
        (properties ->> 'report_id')::uuid as report_id,
        (array_agg(campaign_id) filter (where campaign_id is not null))[1] as campaign_id,
        min(occurred_at) filter (where event_name = 'report.requested') as requested_at,
        min(occurred_at) filter (where event_name = 'report.generated') as generated_at,
        min(occurred_at) filter (where event_name = 'report.failed') as failed_at
    from {{ ref('stg_product__events') }}
    where
        event_name in ('report.requested', 'report.generated', 'report.failed')
        and occurred_at <= {{ build_as_of() }}
        and properties ->> 'report_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    group by tenant_id, (properties ->> 'report_id')::uuid
),

reports as (
    select
        tenant_id,
        report_id,
        campaign_id,
        requested_at,
        finished_at,
        case when finished_at <= {{ build_as_of() }} then status end as status
    from {{ ref('stg_product__reports') }}
    where requested_at <= {{ build_as_of() }}
),

united as (
    select
        coalesce(e.tenant_id, r.tenant_id) as tenant_id,
        coalesce(e.report_id, r.report_id) as report_id,
        coalesce(r.campaign_id, e.campaign_id) as campaign_id,
        least(e.requested_at, r.requested_at) as requested_at,
        least(e.generated_at, case when r.status = 'succeeded' then r.finished_at end) as generated_at,
        least(e.failed_at, case when r.status = 'failed' then r.finished_at end) as failed_at
    from events as e
    full outer join reports as r on e.tenant_id = r.tenant_id and e.report_id = r.report_id
),

final as (
    select
        tenant_id,
        report_id,
        campaign_id,
        coalesce(requested_at, generated_at, failed_at) as requested_at,
        generated_at,
        case when generated_at is null then failed_at end as failed_at,
        extract(epoch from generated_at - requested_at)::double precision as latency_s
    from united
)

select * from final
