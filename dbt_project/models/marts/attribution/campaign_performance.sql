with

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

placements as (select * from {{ ref('stg_campaigns__placements') }}),

touches as (select * from {{ ref('attribution_touches') }}),

attribution_conversions as (select * from {{ ref('attribution_conversions') }}),

attribution_values as (select * from {{ ref('attribution_values') }}),

owned_conversions as (
    select
        v.*,
        k.value_minor as converted_minor
    from attribution_conversions as v
    inner join campaigns as c on v.tenant_id = c.tenant_id and v.owner_campaign_id = c.campaign_id
    left join attribution_values as k
        on v.tenant_id = k.tenant_id and v.conversion_id = k.conversion_id and c.currency = k.currency
),

delivery as (
    select
        tenant_id,
        campaign_id,
        sum(ads_delivered)::bigint as ads_delivered,
        sum(spend_minor)::bigint as spend_minor
    from {{ ref('campaign_spend_daily') }}
    group by tenant_id, campaign_id
),

pacing as (
    {{ campaign_pacing('campaigns', 'placements', 'delivery', 'ops.build_as_of()') }}
),

visits as (
    {{ campaign_visits('touches') }}
),

conversions as (
    {{ campaign_conversions('owned_conversions', 'campaigns') }}
),

final as (
    select
        p.*,
        coalesce(i.visits, 0) as visits,
        {%- for figure in owned_figures() %}
        coalesce(v.{{ figure }}, 0) as {{ figure }},
        {%- endfor %}
        coalesce(v.unconverted, '{}') as unconverted,
        least(i.first_event_at, v.first_event_at) as first_event_at,
        greatest(i.last_event_at, v.last_event_at) as last_event_at,
        coalesce(v.fraud, '{}') as fraud
    from pacing as p
    left join visits as i on p.tenant_id = i.tenant_id and p.campaign_id = i.campaign_id
    left join conversions as v on p.tenant_id = v.tenant_id and p.campaign_id = v.campaign_id
)

select * from final
