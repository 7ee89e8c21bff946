with placements as (
    select * from {{ source('app_product', 'placements') }}
),

final as (
    select
        tenant_id,
        placement_id,
        campaign_id,
        show_id,
        insertion,
        ad_start_s,
        ad_start_s + ad_duration_s as ad_end_s,
        flight_start,
        flight_end,
        episode_guids
    from placements
)

select * from final
