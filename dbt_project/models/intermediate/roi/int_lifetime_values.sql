-- One row per campaign whose sponsor says what a new customer is worth over the years: that, in the campaign's currency, by the
-- rate of the flight's first day (docs/attribution.md, Currencies); NULL where there is none.
with

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

sponsors as (
    select * from {{ ref('stg_campaigns__sponsors') }}
    where lifetime_value_minor is not null
),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

rates as not materialized (select * from {{ ref('stg_campaigns__currency_rates') }}),

currencies as (select * from {{ ref('currencies') }}),

amounts as (
    select
        c.tenant_id,
        c.campaign_id as conversion_id,
        s.lifetime_value_currency as from_currency,
        c.currency as to_currency,
        s.lifetime_value_minor as value_minor,
        0::bigint as before_minor,
        c.flight_start as rate_day,
        t.rate_max_age_days as max_age_days
    from campaigns as c
    inner join sponsors as s on c.tenant_id = s.tenant_id and c.sponsor_id = s.sponsor_id
    inner join settings as t on c.tenant_id = t.tenant_id
    where s.lifetime_value_currency <> c.currency
),

converted as (
    {{ converted_values('amounts', 'rates', 'currencies') }}
),

final as (
    select
        c.tenant_id,
        c.campaign_id,
        case when s.lifetime_value_currency = c.currency then s.lifetime_value_minor else k.value_minor end as lifetime_value_minor
    from campaigns as c
    inner join sponsors as s on c.tenant_id = s.tenant_id and c.sponsor_id = s.sponsor_id
    left join converted as k on c.tenant_id = k.tenant_id and c.campaign_id = k.conversion_id
)

select * from final
