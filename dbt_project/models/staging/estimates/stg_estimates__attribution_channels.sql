with

fits as (select * from {{ source('estimates', 'last_fits') }}),

channels as (select * from {{ source('estimates', 'last_channels') }}),

final as (
    select
        c.tenant_id,
        c.sponsor_id,
        c.goal_kind,
        c.granularity,
        c.model,
        c.channel,
        c.campaign_id,
        c.placement_id,
        c.show_id,
        c.episode_guid,
        c.joint_channel,
        c.verdict,
        f.reason,
        c.effect,
        c.share,
        c.share_low,
        c.share_high,
        c.share_error,
        c.converted_count,
        c.lost_count,
        f.model_version,
        f.seed,
        f.markov_order,
        f.is_exact,
        f.build_id as fitted_build_id,
        f.fitted_at
    from channels as c
    inner join fits as f using (tenant_id, sponsor_id, goal_kind, granularity, model)
)

select * from final
