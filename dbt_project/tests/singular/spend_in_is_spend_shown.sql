-- Fails with each tenant and currency whose imported spend, revenue or days are not all in the mart; and where an amount in the
-- account's own currency was changed, or one in another has a rate and no value, or a value and no rate.
with

booked as (
    select
        tenant_id,
        currency,
        count(*) as days,
        sum(spend_minor) as spend_minor,
        sum(revenue_minor) as revenue_minor
    from {{ ref('stg_campaigns__spends') }}
    group by tenant_id, currency
),

shown as (
    select
        tenant_id,
        from_currency as currency,
        count(*) as days,
        sum(from_spend_minor) as spend_minor,
        sum(from_revenue_minor) as revenue_minor,
        count(*) filter (
            where currency = from_currency and (spend_minor, revenue_minor) is distinct from (from_spend_minor, from_revenue_minor)
        ) as changed,
        count(*) filter (where currency <> from_currency and (spend_minor is null) <> (exchange_rate is null)) as half_converted
    from {{ ref('imported_spend_daily') }}
    group by tenant_id, from_currency
)

select
    coalesce(b.tenant_id, s.tenant_id) as tenant_id,
    coalesce(b.currency, s.currency) as currency,
    b.spend_minor as booked_minor,
    s.spend_minor as shown_minor
from booked as b
full outer join shown as s on b.tenant_id = s.tenant_id and b.currency = s.currency
where
    (b.days, b.spend_minor, b.revenue_minor) is distinct from (s.days, s.spend_minor, s.revenue_minor)
    or s.changed > 0
    or s.half_converted > 0
