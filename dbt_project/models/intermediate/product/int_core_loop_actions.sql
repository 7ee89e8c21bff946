-- What people tried in the core loop (create a campaign, see what came of it, have a report), and whether it went. A refusal says
-- what was wrong with the request; an error is ours.
with

events as (
    select
        tenant_id,
        event_id,
        user_id,
        campaign_id,
        event_name,
        occurred_at,
        {{ action_of('event_name') }} as action,  -- noqa: RF04
        {{ is_failure('event_name') }} as is_failure,
        properties ->> 'status' as status,
        properties ->> 'code' as code
    from {{ ref('stg_product__events') }}
    where {{ action_of('event_name') }} is not null and occurred_at <= {{ build_as_of() }}
),

final as (
    select
        tenant_id,
        event_id,
        user_id,
        campaign_id,
        event_name,
        occurred_at,
        action,
        is_failure,
        -- An account whose first build is still to come is told so: nothing is broken.
        is_failure
        and (event_name = 'report.failed' or coalesce(status like '5__', false))
        and coalesce(code, '') <> 'not-built' as is_error
    from events
)

select * from final
