with

channels as (select * from {{ ref('stg_estimates__attribution_channels') }}),

credits as (select * from {{ ref('attribution_credits') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

totals as (
    {{ attributed_totals('credits', 'campaigns') }}
),

final as (
    {{ credited_channels('channels', 'totals', 'tenants') }}
)

select * from final
