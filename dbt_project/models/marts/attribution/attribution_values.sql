{{ config(indexes=[{'columns': ['tenant_id', 'conversion_id', 'currency'], 'unique': True}], post_hook='analyze {{ this }}') }}

with

conversions as (select * from {{ ref('int_conversions') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

rates as not materialized (select * from {{ ref('stg_campaigns__currency_rates') }}),

currencies as (select * from {{ ref('currencies') }}),

-- A credited conversion counts in its campaign's currency, one that no touch explains in the account's.
campaign_currencies as (
    {{ campaign_currencies('campaigns') }}
),

counting_currencies as (
    select * from campaign_currencies
    union
    select
        s.tenant_id,
        s.sponsor_id,
        t.currency
    from sponsors as s
    inner join tenants as t on s.tenant_id = t.tenant_id
),

foreign_conversions as (
    select
        v.*,
        k.currency as to_currency
    from conversions as v
    inner join counting_currencies as k
        on v.tenant_id = k.tenant_id and v.sponsor_id = k.sponsor_id and v.currency <> k.currency
),

-- A refund has the rate of the order it takes back, and together they take back no more than it brought.
amounts as (
    select
        v.tenant_id,
        v.conversion_id,
        v.currency as from_currency,
        v.to_currency,
        v.value_minor,
        coalesce(sum(v.value_minor) over (
            partition by
                v.tenant_id, coalesce(v.origin_conversion_id, v.conversion_id), v.conversion_kind,
                v.currency, v.to_currency, v.is_verified
            order by v.converted_at, v.conversion_id
            rows between unbounded preceding and 1 preceding
        ), 0)::bigint as before_minor,
        (coalesce(o.converted_at, v.converted_at) at time zone 'UTC')::date as rate_day,
        s.rate_max_age_days as max_age_days
    from foreign_conversions as v
    inner join settings as s on v.tenant_id = s.tenant_id
    left join conversions as o on v.tenant_id = o.tenant_id and v.origin_conversion_id = o.conversion_id
),

converted as (
    {{ converted_values('amounts', 'rates', 'currencies') }}
),

final as (
    select
        a.tenant_id,
        a.conversion_id,
        a.to_currency as currency,
        a.from_currency,
        a.value_minor as from_value_minor,
        a.rate_day,
        c.value_minor,
        c.exchange_rate,
        c.rate_date,
        c.via_currency
    from amounts as a
    inner join converted as c
        on a.tenant_id = c.tenant_id and a.conversion_id = c.conversion_id and a.to_currency = c.currency
)

select * from final
