-- Two accounts of the same money, side by side and never added (docs/saturation.md): what the tenant's own books say, and what its
-- placements cost with what attribution credits them with.
with

books as (select * from {{ ref('imported_spend_daily') }}),

delivery as (select * from {{ ref('campaign_delivery_daily') }}),

credits as (select * from {{ ref('campaign_attribution_daily') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

booked as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        'books' as basis,
        currency,
        day,
        spend_minor,
        revenue_minor,
        ads_delivered,
        conversion_count::double precision as conversions,
        spend_minor is null or revenue_minor is null as is_unconverted
    from books
),

delivered as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        'placements' as basis,
        currency,
        day,
        spend_minor,
        0::bigint as revenue_minor,
        ads_delivered,
        0::double precision as conversions,
        false as is_unconverted
    from delivery
),

-- By the day of the conversion, so that a week is whole when it is over: what an exposure brings later is the adstock's part.
-- Revenue that no rate turns into the campaign's currency is none of it, and the day says so.
credited as (
    select
        c.tenant_id,
        k.sponsor_id,
        c.show_id,
        'placements' as basis,
        k.currency,
        c.day,
        0::bigint as spend_minor,
        case when c.currency = k.currency then c.revenue_minor else 0 end as revenue_minor,
        0::bigint as ads_delivered,
        c.conversions_ppb / 1e9::double precision as conversions,
        c.is_unconverted and c.revenue_minor <> 0 as is_unconverted
    from credits as c
    inner join campaigns as k on c.tenant_id = k.tenant_id and c.campaign_id = k.campaign_id
    where
        c.model = '{{ var("saturation_credit_model") }}'
        and c.basis = 'conversion_date'
        and not c.is_fraud
        and c.show_id is not null
),

parts as (
    select * from booked
    union all
    select * from delivered
    union all
    select * from credited
),

final as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        basis,
        currency,
        day,
        coalesce(sum(spend_minor), 0)::bigint as spend_minor,
        coalesce(sum(revenue_minor), 0)::bigint as revenue_minor,
        sum(ads_delivered)::bigint as ads_delivered,
        sum(conversions) as conversions,
        bool_or(is_unconverted) as is_unconverted
    from parts
    group by tenant_id, sponsor_id, show_id, basis, currency, day
)

select * from final
