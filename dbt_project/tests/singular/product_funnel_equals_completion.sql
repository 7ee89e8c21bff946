-- The funnel enters each campaign once, and its last step says what campaign_completion does.
with campaigns as (
    select
        tenant_id,
        count(*) as created,
        count(*) filter (where is_completed) as completed
    from {{ ref('campaign_completion') }}
    group by tenant_id
),

funnel as (
    select
        tenant_id,
        sum(campaigns) filter (where step = 'created') as created,
        sum(campaigns) filter (where step = 'completed') as completed
    from {{ ref('completion_funnel') }}
    group by tenant_id
)

select
    coalesce(campaigns.tenant_id, funnel.tenant_id) as tenant_id,
    campaigns.created,
    funnel.created as funnel_created,
    campaigns.completed,
    funnel.completed as funnel_completed
from campaigns
full join funnel on campaigns.tenant_id = funnel.tenant_id
where campaigns.created is distinct from funnel.created or campaigns.completed is distinct from funnel.completed
