{#
Money in a campaign's currency (docs/attribution.md, Currencies). The rate is that of the day, else the latest earlier one within the
tenant's limit, never a later one: given for the pair or, turned round, for the opposite one; only where there is neither, over one
common currency, that whose older half is newest. A rate is a fraction, multiplier / divisor, so that a third of something is exact.
#}

{# One row per tenant, sponsor and currency of a campaign: what the sponsor's conversions are counted in. #}
{% macro campaign_currencies(campaigns) %}
    select distinct c.tenant_id, c.sponsor_id, c.currency
    from {{ campaigns }} as c
{% endmacro %}

{# The newest rate from one currency to another, given either way: (multiplier, divisor, rate_date), or nothing. #}
{% macro newest_rate(rates, need, from_currency, to_currency) -%}
    (
        select k.multiplier, k.divisor, k.rate_date
        from (
            {%- for given in [true, false] %}
            (
                select
                    {{ 'r.rate' if given else '1::numeric' }} as multiplier,
                    {{ '1::numeric' if given else 'r.rate' }} as divisor,
                    r.rate_date,
                    {{ loop.index }} as preference
                from {{ rates }} as r
                where
                    r.tenant_id = {{ need }}.tenant_id
                    and r.from_currency = {{ from_currency if given else to_currency }}
                    and r.to_currency = {{ to_currency if given else from_currency }}
                    and r.rate_date between {{ need }}.rate_day - {{ need }}.max_age_days and {{ need }}.rate_day
                order by r.rate_date desc
                limit 1
            )
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as k
        order by k.rate_date desc, k.preference
        limit 1
    )
{%- endmacro %}

{#
One row per row of `amounts` (tenant_id, conversion_id, from_currency, to_currency, value_minor, before_minor, rate_day, max_age_days):
its value in to_currency, NULL where there is no rate or the value would not fit, with the rate, its date and the common currency, if any.
`before_minor` is what was counted of the same thing before: of a row only the rounded running total minus the one before it is counted,
so that the refunds of an order take back what it brought. Rounded half away from zero.
#}
{% macro converted_values(amounts, rates, currencies) %}
    with

    needs as materialized (
        select distinct a.tenant_id, a.from_currency, a.to_currency, a.rate_day, a.max_age_days
        from {{ amounts }} as a
    ),

    hubs as materialized (
        select distinct r.tenant_id, r.from_currency as currency from {{ rates }} as r
        union
        select distinct r.tenant_id, r.to_currency from {{ rates }} as r
    ),

    direct as materialized (
        select n.*, d.multiplier, d.divisor, d.rate_date
        from needs as n
        left join lateral {{ newest_rate(rates, 'n', 'n.from_currency', 'n.to_currency') }} as d on true
    ),

    found as materialized (
        select
            n.tenant_id, n.from_currency, n.to_currency, n.rate_day, n.max_age_days,
            coalesce(n.multiplier, c.multiplier) as multiplier,
            coalesce(n.divisor, c.divisor) as divisor,
            coalesce(n.rate_date, c.rate_date) as rate_date,
            case when n.rate_date is null then c.currency end as via_currency
        from direct as n
        left join lateral (
            select
                h.currency,
                a.multiplier * b.multiplier as multiplier,
                a.divisor * b.divisor as divisor,
                least(a.rate_date, b.rate_date) as rate_date
            from hubs as h
            cross join lateral {{ newest_rate(rates, 'n', 'n.from_currency', 'h.currency') }} as a
            cross join lateral {{ newest_rate(rates, 'n', 'h.currency', 'n.to_currency') }} as b
            where n.rate_date is null and h.tenant_id = n.tenant_id and h.currency not in (n.from_currency, n.to_currency)
            order by least(a.rate_date, b.rate_date) desc, h.currency
            limit 1
        ) as c on true
    ),

    scaled as (
        select
            f.*,
            f.multiplier * power(10::numeric, coalesce(t.minor_exponent, 2)) as minor_multiplier,
            f.divisor * power(10::numeric, coalesce(o.minor_exponent, 2)) as minor_divisor
        from found as f
        left join {{ currencies }} as o on f.from_currency = o.currency
        left join {{ currencies }} as t on f.to_currency = t.currency
        where f.multiplier is not null
    ),

    totals as (
        select
            a.tenant_id,
            a.conversion_id,
            a.to_currency,
            s.multiplier,
            s.divisor,
            s.rate_date,
            s.via_currency,
            round((a.before_minor::numeric + a.value_minor) * s.minor_multiplier / s.minor_divisor) as total_minor,
            round(a.before_minor * s.minor_multiplier / s.minor_divisor) as total_before_minor
        from {{ amounts }} as a
        left join scaled as s
            on
                a.tenant_id = s.tenant_id and a.from_currency = s.from_currency and a.to_currency = s.to_currency
                and a.rate_day = s.rate_day and a.max_age_days = s.max_age_days
    ),

    fitting as (
        select
            *,
            abs(total_minor) < 9000000000000000000 and abs(total_before_minor) < 9000000000000000000 as has_value
        from totals
    )

    select
        tenant_id,
        conversion_id,
        to_currency as currency,
        case when has_value then (total_minor - total_before_minor)::bigint end as value_minor,
        case when has_value then multiplier / divisor end as exchange_rate,
        case when has_value then rate_date end as rate_date,
        case when has_value then via_currency end as via_currency
    from fitting
{% endmacro %}
