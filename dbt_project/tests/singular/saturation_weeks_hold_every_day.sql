-- Fails with each channel whose weeks do not hold all of its days' spend, revenue, ads and conversions, each once.
with

spans as (select * from {{ ref('int_sponsor_show_spans') }}),

days as (
    select
        d.tenant_id,
        d.sponsor_id,
        d.show_id,
        d.basis,
        d.currency,
        sum(d.spend_minor) as spend_minor,
        sum(d.revenue_minor) as revenue_minor,
        sum(d.ads_delivered) as ads_delivered,
        sum(d.conversions) as conversions
    from {{ ref('int_sponsor_show_days') }} as d
    inner join spans as s
        on
            d.tenant_id = s.tenant_id
            and d.sponsor_id = s.sponsor_id
            and d.show_id = s.show_id
            and d.basis = s.basis
            and d.currency = s.currency
            and d.day < s.end_day
    group by d.tenant_id, d.sponsor_id, d.show_id, d.basis, d.currency
),

weeks as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        basis,
        currency,
        sum(spend_minor) as spend_minor,
        sum(revenue_minor) as revenue_minor,
        sum(ads_delivered) as ads_delivered,
        sum(conversions) as conversions
    from {{ ref('saturation_weeks') }}
    group by tenant_id, sponsor_id, show_id, basis, currency
)

select
    tenant_id,
    sponsor_id,
    show_id,
    basis,
    currency,
    d.spend_minor,
    w.spend_minor as shown_minor
from days as d
full outer join weeks as w using (tenant_id, sponsor_id, show_id, basis, currency)
where
    (d.spend_minor, d.revenue_minor, d.ads_delivered) is distinct from (w.spend_minor, w.revenue_minor, w.ads_delivered)
    or abs(d.conversions - w.conversions) > 1e-6 * greatest(1, abs(d.conversions))
