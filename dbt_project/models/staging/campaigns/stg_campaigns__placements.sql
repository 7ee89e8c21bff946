with

source as (select * from {{ source('app_campaigns', 'placements') }}),

final as (
    {{ campaign_placements('source') }}
)

select * from final
