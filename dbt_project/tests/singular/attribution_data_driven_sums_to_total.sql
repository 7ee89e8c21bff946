-- Fails with each fit whose shares do not sum to 1, or whose conversions or revenue do not sum to the attributed total of its
-- currency, to the cent.
with

credits as (select * from {{ ref('attribution_credits') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

totals as (
    {{ attributed_totals('credits', 'campaigns') }}
),

fits as (
    select
        tenant_id,
        sponsor_id,
        goal_kind,
        granularity,
        model,
        currency,
        sum(share) as share,
        sum(conversions_ppb) as conversions_ppb,
        sum(revenue_minor) as revenue_minor
    from {{ ref('data_driven_attribution') }}
    where share is not null
    group by tenant_id, sponsor_id, goal_kind, granularity, model, currency
)

select f.*
from fits as f
left join totals as t using (tenant_id, sponsor_id, goal_kind, currency)
where
    abs(f.share - 1) > 1e-9
    or (
        f.granularity <> 'channel'
        and (
            f.conversions_ppb is distinct from coalesce(t.conversions, 0) * 1000000000
            or f.revenue_minor is distinct from coalesce(t.revenue_minor, 0)
        )
    )
