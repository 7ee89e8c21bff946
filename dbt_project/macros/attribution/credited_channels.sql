{#
One row per channel of a fit and currency of its totals: its share of the conversions and of the money (shape of data_driven_attribution).
`channels`: stg_estimates__attribution_channels. `totals`: attributed_totals; where a goal has none, a channel has one row with nothing, in
the account's currency.
#}
{% macro credited_channels(channels, totals, tenants) %}
    with

    -- What a channel that stands outside the network is part of is no credited total of it: shares alone.
    credited as (
        select
            c.*,
            coalesce(t.currency, n.currency) as currency,
            case when c.share is not null and c.granularity <> 'channel' then coalesce(t.conversions, 0) end * 1000000000 as total_ppb,
            case when c.share is not null and c.granularity <> 'channel' then coalesce(t.revenue_minor, 0) end as total_minor
        from {{ channels }} as c
        inner join {{ tenants }} as n on c.tenant_id = n.tenant_id
        left join {{ totals }} as t on c.tenant_id = t.tenant_id and c.sponsor_id = t.sponsor_id and c.goal_kind = t.goal_kind
    ),

    -- Each channel gets the running total, rounded, minus the one before; the last running share is 1, whatever the doubles add up to.
    -- One pass and no join of the channels with themselves: nothing tells the planner how many there are, and it would loop.
    running as (
        select
            *,
            case
                when share is null then null
                when row_number() over channels_left = 1 then 1::numeric
                else sum(share::numeric) over channels_so_far
            end as running_share
        from credited
        window
            channels_so_far as (
                partition by tenant_id, sponsor_id, goal_kind, granularity, model, currency, share is null order by channel
            ),
            channels_left as (
                partition by tenant_id, sponsor_id, goal_kind, granularity, model, currency, share is null order by channel desc
            )
    ),

    rounded as (
        select
            *,
            round(total_ppb * running_share)::bigint as running_ppb,
            sign(total_minor)::bigint * round(abs(total_minor) * running_share)::bigint as running_minor
        from running
    )

    select
        tenant_id,
        sponsor_id,
        goal_kind,
        granularity,
        model,
        channel,
        currency,
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
        running_ppb - lag(running_ppb, 1, 0::bigint) over fit as conversions_ppb,
        running_minor - lag(running_minor, 1, 0::bigint) over fit as revenue_minor,
        converted_count,
        lost_count,
        model_version,
        seed,
        markov_order,
        is_exact,
        fitted_build_id,
        fitted_at
    from rounded
    window fit as (partition by tenant_id, sponsor_id, goal_kind, granularity, model, currency, share is null order by channel)
{% endmacro %}
