with

channels as (select * from {{ ref('stg_estimates__attribution_channels') }}),

credits as (select * from {{ ref('attribution_credits') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

totals as (
    {{ attributed_totals('credits', 'campaigns') }}
),

-- What a channel that stands outside the network is part of is no credited total of it: shares alone.
credited as (
    select
        c.tenant_id,
        c.sponsor_id,
        c.goal_kind,
        c.granularity,
        c.model,
        c.channel,
        coalesce(t.currency, n.currency) as currency,
        case when c.share is not null and c.granularity <> 'channel' then coalesce(t.conversions, 0) end * 1000000000 as total_ppb,
        case when c.share is not null and c.granularity <> 'channel' then coalesce(t.revenue_minor, 0) end as total_minor
    from channels as c
    inner join tenants as n on c.tenant_id = n.tenant_id
    left join totals as t on c.tenant_id = t.tenant_id and c.sponsor_id = t.sponsor_id and c.goal_kind = t.goal_kind
),

-- Each channel gets the running total, rounded, minus the one before; the last running share is 1, whatever the doubles add up to.
running as (
    select
        k.*,
        case
            when row_number() over channels_left = 1 then 1::numeric
            else sum(c.share::numeric) over channels_so_far
        end as running_share
    from credited as k
    inner join channels as c using (tenant_id, sponsor_id, goal_kind, granularity, model, channel)
    where c.share is not null
    window
        channels_so_far as (
            partition by k.tenant_id, k.sponsor_id, k.goal_kind, k.granularity, k.model, k.currency order by k.channel
        ),
        channels_left as (
            partition by k.tenant_id, k.sponsor_id, k.goal_kind, k.granularity, k.model, k.currency order by k.channel desc
        )
),

rounded as (
    select
        *,
        round(total_ppb * running_share)::bigint as running_ppb,
        sign(total_minor)::bigint * round(abs(total_minor) * running_share)::bigint as running_minor
    from running
),

shared as (
    select
        tenant_id,
        sponsor_id,
        goal_kind,
        granularity,
        model,
        channel,
        currency,
        running_ppb - lag(running_ppb, 1, 0::bigint) over fit as conversions_ppb,
        running_minor - lag(running_minor, 1, 0::bigint) over fit as revenue_minor
    from rounded
    window fit as (partition by tenant_id, sponsor_id, goal_kind, granularity, model, currency order by channel)
),

final as (
    select
        c.tenant_id,
        c.sponsor_id,
        c.goal_kind,
        c.granularity,
        c.model,
        c.channel,
        k.currency,
        c.campaign_id,
        c.placement_id,
        c.show_id,
        c.episode_guid,
        c.joint_channel,
        c.verdict,
        c.reason,
        c.share,
        c.share_low,
        c.share_high,
        c.share_error,
        c.effect,
        s.conversions_ppb,
        s.revenue_minor,
        c.converted_count,
        c.lost_count,
        c.model_version,
        c.seed,
        c.markov_order,
        c.is_exact,
        c.fitted_build_id,
        c.fitted_at
    from channels as c
    inner join credited as k using (tenant_id, sponsor_id, goal_kind, granularity, model, channel)
    left join shared as s using (tenant_id, sponsor_id, goal_kind, granularity, model, channel, currency)
)

select * from final
