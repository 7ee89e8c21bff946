with

touches as (select * from {{ ref('int_touches') }}),

final as (
    select
        tenant_id,
        touch_id,
        sponsor_id,
        campaign_id,
        placement_id,
        show_id,
        episode_guid,
        touch_kind,
        source_rank,
        touch_at,
        household_hash,
        key_epoch,
        ip_class,
        anonymous_id,
        user_id,
        own_conversion_id,
        goal_kind,
        person_id
    from touches
)

select * from final
