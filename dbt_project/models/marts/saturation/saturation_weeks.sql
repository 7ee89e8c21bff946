-- Weeks begin on Monday (UTC). A week without an entry between the first and the last is one of no spend, not a gap.
with

days as (select * from {{ ref('int_sponsor_show_days') }}),

spans as (select * from {{ ref('int_sponsor_show_spans') }}),

weeks as (
    select
        s.tenant_id,
        s.sponsor_id,
        s.show_id,
        s.basis,
        s.currency,
        w.week_start::date as week_start,
        s.end_day,
        least(w.week_start::date + 7, s.end_day) - greatest(w.week_start::date, s.first_day) as day_count
    from spans as s
    cross join
        lateral generate_series(
            date_trunc('week', s.first_day::timestamp), s.end_day - interval '1 day', interval '7 days'
        ) as w (week_start)
),

final as (
    select
        w.tenant_id,
        w.sponsor_id,
        w.show_id,
        w.basis,
        w.currency,
        w.week_start,
        w.day_count,
        coalesce(sum(d.spend_minor), 0)::bigint as spend_minor,
        coalesce(sum(d.ads_delivered), 0)::bigint as ads_delivered,
        coalesce(sum(d.conversions), 0)::double precision as conversions,
        coalesce(sum(d.revenue_minor), 0)::bigint as revenue_minor,
        count(*) filter (where d.is_unconverted) as unconverted_days
    from weeks as w
    left join days as d
        on
            w.tenant_id = d.tenant_id
            and w.sponsor_id = d.sponsor_id
            and w.show_id = d.show_id
            and w.basis = d.basis
            and w.currency = d.currency
            and w.week_start <= d.day
            and least(w.week_start + 7, w.end_day) > d.day
    group by w.tenant_id, w.sponsor_id, w.show_id, w.basis, w.currency, w.week_start, w.day_count
)

select * from final
