{{
    config(post_hook=[
        "alter view {{ this }} set (security_invoker = true)",
        "grant select on {{ this }} to hostread_reader, hostread_app",
    ])
}}

with

{{ tail() }},

{{ tail_credits() }},

built as (select * from {{ published(ref('data_driven_attribution')) }}),

-- The last published fit: its channels, once each.
channels as (
    select distinct on (tenant_id, sponsor_id, goal_kind, granularity, model, channel)
        tenant_id,
        sponsor_id,
        goal_kind,
        granularity,
        model,
        channel,
        campaign_id,
        placement_id,
        show_id,
        episode_guid,
        joint_channel,
        verdict,
        reason,
        share,
        share_low,
        share_high,
        share_error,
        effect,
        converted_count,
        lost_count,
        model_version,
        seed,
        markov_order,
        is_exact,
        fitted_build_id,
        fitted_at
    from built
    order by tenant_id, sponsor_id, goal_kind, granularity, model, channel, currency
),

fits as (
    select
        tenant_id,
        sponsor_id,
        goal_kind,
        granularity,
        model,
        currency,
        sum(conversions_ppb) / 1000000000 as conversions,
        sum(revenue_minor) as revenue_minor
    from built
    group by tenant_id, sponsor_id, goal_kind, granularity, model, currency
),

-- Each fit that has shares gives out the same totals; and what came since.
totals as (
    select
        tenant_id,
        sponsor_id,
        goal_kind,
        currency,
        sum(conversions)::bigint as conversions,
        sum(revenue_minor)::bigint as revenue_minor
    from (
        select
            tenant_id,
            sponsor_id,
            goal_kind,
            currency,
            max(conversions) as conversions,
            max(revenue_minor) as revenue_minor
        from fits
        group by tenant_id, sponsor_id, goal_kind, currency
        union all
        {{ attributed_totals('live_credits', 'campaigns', factor='factor') }}
    ) as t
    group by tenant_id, sponsor_id, goal_kind, currency
),

final as (
    {{ credited_channels('channels', 'totals', 'tenants') }}
)

select * from final
