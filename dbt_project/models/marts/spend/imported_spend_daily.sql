-- What a tenant's own books say was spent and earned, in the account's currency by the rate of the day (docs/attribution.md,
-- Currencies). A campaign's spend comes from its placements' prices: this stands beside it and is never added to it.
with

spends as (select * from {{ ref('stg_campaigns__spends') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

rates as not materialized (select * from {{ ref('stg_campaigns__currency_rates') }}),

currencies as (select * from {{ ref('currencies') }}),

booked as (
    select
        s.*,
        t.currency as account_currency,
        r.rate_max_age_days,
        -- The macro knows an amount by an id.
        md5(concat_ws('|', s.sponsor_id, s.show_id, s.spend_date, 'spend'))::uuid as spend_id,
        md5(concat_ws('|', s.sponsor_id, s.show_id, s.spend_date, 'revenue'))::uuid as revenue_id
    from spends as s
    inner join tenants as t on s.tenant_id = t.tenant_id
    inner join settings as r on s.tenant_id = r.tenant_id
),

-- Each amount is rounded by itself: nothing is counted before it.
amounts as (
    select
        b.tenant_id,
        k.amount_id as conversion_id,
        b.currency as from_currency,
        b.account_currency as to_currency,
        k.value_minor,
        0::bigint as before_minor,
        b.spend_date as rate_day,
        b.rate_max_age_days as max_age_days
    from booked as b
    cross join lateral (values (b.spend_id, b.spend_minor), (b.revenue_id, b.revenue_minor)) as k (amount_id, value_minor)
    where b.currency <> b.account_currency
),

converted as (
    {{ converted_values('amounts', 'rates', 'currencies') }}
),

final as (
    select
        b.tenant_id,
        b.sponsor_id,
        b.show_id,
        b.spend_date as day,
        b.account_currency as currency,
        case when b.currency = b.account_currency then b.spend_minor else s.value_minor end as spend_minor,
        case when b.currency = b.account_currency then b.revenue_minor else v.value_minor end as revenue_minor,
        b.ads_delivered,
        b.conversion_count,
        b.currency as from_currency,
        b.spend_minor as from_spend_minor,
        b.revenue_minor as from_revenue_minor,
        s.exchange_rate,
        s.rate_date,
        s.via_currency
    from booked as b
    left join converted as s on b.tenant_id = s.tenant_id and b.spend_id = s.conversion_id
    left join converted as v on b.tenant_id = v.tenant_id and b.revenue_id = v.conversion_id
)

select * from final
