-- Books end with the tenant's last entry, whichever sponsor it is of: a show that no later row names was not spent on. Placements
-- go on to the day that the build speaks of.
with

days as (select * from {{ ref('int_sponsor_show_days') }}),

books_end as (
    select
        tenant_id,
        basis,
        max(day) + 1 as end_day
    from days
    where basis = 'books'
    group by tenant_id, basis
),

spans as (
    select
        d.tenant_id,
        d.sponsor_id,
        d.show_id,
        d.basis,
        d.currency,
        min(d.day) as first_day,
        least(max(b.end_day), ({{ build_as_of() }} at time zone 'UTC')::date) as end_day
    from days as d
    left join books_end as b on d.tenant_id = b.tenant_id and d.basis = b.basis
    group by d.tenant_id, d.sponsor_id, d.show_id, d.basis, d.currency
),

final as (
    select
        s.tenant_id,
        s.sponsor_id,
        s.show_id,
        s.basis,
        s.currency,
        s.first_day,
        s.end_day,
        coalesce(sum(d.spend_minor), 0)::double precision
        / (least(s.end_day - s.first_day, {{ var('saturation_today_days') }}) / 7.0::double precision) as spend_minor
    from spans as s
    left join days as d
        on
            s.tenant_id = d.tenant_id
            and s.sponsor_id = d.sponsor_id
            and s.show_id = d.show_id
            and s.basis = d.basis
            and s.currency = d.currency
            and s.end_day - {{ var('saturation_today_days') }} <= d.day
            and s.end_day > d.day
    where s.end_day > s.first_day
    group by s.tenant_id, s.sponsor_id, s.show_id, s.basis, s.currency, s.first_day, s.end_day
)

select * from final
