-- Where users stop, repeat or fail, told by the product's own events, and ranked by how many it hits. Stop: the last step that was
-- reached, when nothing has followed for 14 days (a registration without a campaign: 7). Repeat: the same action by the same person
-- on the same campaign three times within ten minutes. Fail: the action was refused or met an error.
with

users as (select * from {{ ref('ttfv') }}),

campaigns as (select * from {{ ref('campaign_completion') }}),

actions as (select * from {{ ref('int_core_loop_actions') }}),

-- A planned flight is waited for, not stopped; one with a report has until its window has passed.
campaign_steps as (
    select
        c.tenant_id,
        c.campaign_id as subject_id,
        s.step_number,
        s.step,
        s.reached_at,
        case
            when s.step = 'report_generated' then c.is_mature
            else greatest(s.reached_at, f.flight_start::timestamp at time zone 'UTC') + interval '14 days' <= {{ build_as_of() }}
        end as is_idle,
        max(s.step_number) over (partition by c.tenant_id, c.campaign_id) = s.step_number as is_last
    from campaigns as c
    inner join {{ ref('stg_campaigns__campaigns') }} as f on c.tenant_id = f.tenant_id and c.campaign_id = f.campaign_id
    cross join
        lateral (
            values
            (1, 'campaign_created', c.created_at),
            (2, 'attribution_configured', c.configured_at),
            (3, 'first_event_received', c.first_event_at),
            (4, 'analytics_viewed', c.analytics_viewed_at),
            (5, 'report_generated', c.report_generated_at),
            (6, 'completed', c.completed_at)
        ) as s (step_number, step, reached_at)
    where s.reached_at is not null
),

stops as (
    select
        tenant_id,
        'user_registered' as step,
        user_id as subject_id,
        is_censored and registered_at + interval '7 days' <= {{ build_as_of() }} as is_hit,
        registered_at as at
    from users
    union all
    select
        tenant_id,
        step,
        subject_id,
        is_last and is_idle as is_hit,
        reached_at as at
    from campaign_steps
    where step <> 'completed'
),

repeated as (
    select
        tenant_id,
        action as step,
        md5(concat_ws('|', user_id, campaign_id))::uuid as subject_id,
        count(*) over (
            partition by tenant_id, action, user_id, campaign_id
            order by occurred_at
            range between interval '10 minutes' preceding and current row
        ) >= 3 as is_hit,
        occurred_at as at
    from actions
    where user_id is not null and action not in ('generate_report', 'download_report')
),

failed as (
    select
        tenant_id,
        action as step,
        coalesce(user_id, campaign_id, event_id) as subject_id,
        is_failure as is_hit,
        occurred_at as at
    from actions
),

united as (
    select
        'stop' as kind,
        *
    from stops
    union all
    select
        'repeat' as kind,
        *
    from repeated
    union all
    select
        'fail' as kind,
        *
    from failed
),

counted as (
    select
        tenant_id,
        kind,
        step,
        count(distinct subject_id) as reached,
        count(distinct subject_id) filter (where is_hit) as affected,
        count(*) filter (where is_hit) as occurrences,
        max(at) filter (where is_hit) as last_at
    from united
    group by tenant_id, kind, step
),

final as (
    select
        tenant_id,
        kind,
        step,
        reached,
        affected,
        affected::double precision / reached as affected_rate,
        occurrences,
        last_at,
        row_number() over (
            partition by tenant_id order by affected desc, affected::double precision / reached desc, kind, step
        ) as friction_rank
    from counted
    where affected > 0
)

select * from final
