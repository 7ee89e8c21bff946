-- The last fitted curve at today's spend. The curve is given on a grid of spend, with quantiles of the marginal
-- return at each point: between points, and between quantiles, lines are straight, as in assets.estimates.saturation.verdicts.
with

spans as (select * from {{ ref('int_sponsor_show_spans') }}),

sponsors as (select * from {{ ref('stg_campaigns__sponsors') }}),

fits as (select * from {{ ref('stg_estimates__saturation_fits') }}),

windows as (select * from {{ ref('stg_estimates__saturation_windows') }}),

stacked as (
    select * from windows
    where window_name = 'stacked'
),

currencies as (select * from {{ ref('currencies') }}),

fitted as (
    select
        s.tenant_id,
        s.sponsor_id,
        s.show_id,
        s.basis,
        s.currency,
        s.end_day,
        greatest(s.spend_minor, 0) as spend_minor,
        coalesce(power(10, c.minor_exponent), 100)::double precision as unit,
        p.margin_rate::double precision as margin_rate,
        case
            when f.fit_day is null then 'not fitted yet: fits are made every night, the first within minutes of the first build'
            else f.refusal
        end as refusal,
        w.curve_spend,
        w.curve_marginal,
        w.curve_unsaturated,
        w.curve_marginal_quantiles,
        w.quantile_levels,
        w.curve_spend[cardinality(w.curve_spend)] as known_to_minor,
        least(
            greatest(width_bucket(greatest(s.spend_minor, 0), w.curve_spend), 1), cardinality(w.curve_spend) - 1
        ) as place
    from spans as s
    inner join sponsors as p on s.tenant_id = p.tenant_id and s.sponsor_id = p.sponsor_id
    left join currencies as c on s.currency = c.currency
    left join fits as f
        on
            s.tenant_id = f.tenant_id
            and s.sponsor_id = f.sponsor_id
            and s.show_id = f.show_id
            and s.basis = f.basis
            and s.currency = f.currency
    left join stacked as w
        on
            s.tenant_id = w.tenant_id
            and s.sponsor_id = w.sponsor_id
            and s.show_id = w.show_id
            and s.basis = w.basis
            and s.currency = w.currency
),

placed as (
    select
        *,
        refusal = '' and spend_minor <= known_to_minor as is_judged,
        (spend_minor - curve_spend[place]) / nullif(curve_spend[place + 1] - curve_spend[place], 0) as part
    from fitted
),

-- The marginal return at today's spend: one row per quantile of it, with the next one beside it.
returns as (
    select
        p.tenant_id,
        p.sponsor_id,
        p.show_id,
        p.basis,
        p.currency,
        p.margin_rate,
        q.level,
        q.value,
        lead(q.level) over quantile as next_level,
        lead(q.value) over quantile as next_value
    from placed as p
    cross join
        lateral (
            select
                l.level,
                p.curve_marginal_quantiles[l.number][p.place] * (1 - p.part)
                + p.curve_marginal_quantiles[l.number][p.place + 1] * p.part as value  -- noqa: RF04
            from unnest(p.quantile_levels) with ordinality as l (level, number)  -- noqa: RF04
        ) as q
    where p.is_judged
    window quantile as (partition by p.tenant_id, p.sponsor_id, p.show_id, p.basis, p.currency order by q.level)
),

chances as (
    select
        tenant_id,
        sponsor_id,
        show_id,
        basis,
        currency,
        case
            -- With nothing kept of a sale no spend pays.
            when margin_rate = 0 or 1 / nullif(margin_rate, 0) >= max(value) then 1
            when 1 / nullif(margin_rate, 0) <= min(value) then 0
            else
                max(
                    level + (next_level - level) * (1 / nullif(margin_rate, 0) - value) / nullif(next_value - value, 0)
                ) filter (where value <= 1 / nullif(margin_rate, 0) and next_value > 1 / nullif(margin_rate, 0))
        end as saturated_probability,
        max(value) filter (where level = 0.1) as marginal_low,
        max(value) filter (where level = 0.9) as marginal_high,
        min(value) as marginal_low_95,
        max(value) as marginal_high_95
    from returns
    group by tenant_id, sponsor_id, show_id, basis, currency, margin_rate
),

final as (
    select
        p.tenant_id,
        p.sponsor_id,
        p.show_id,
        p.basis,
        p.currency,
        p.end_day,
        p.spend_minor,
        p.unit,
        p.known_to_minor,
        p.margin_rate,
        p.refusal,
        p.is_judged,
        c.saturated_probability,
        c.marginal_low,
        c.marginal_high,
        c.marginal_low_95,
        c.marginal_high_95,
        case
            when p.is_judged then p.curve_marginal[p.place] * (1 - p.part) + p.curve_marginal[p.place + 1] * p.part
        end as marginal,
        case
            when p.is_judged then p.curve_unsaturated[p.place] * (1 - p.part) + p.curve_unsaturated[p.place + 1] * p.part
        end as unsaturated_probability
    from placed as p
    left join chances as c
        on
            p.tenant_id = c.tenant_id
            and p.sponsor_id = c.sponsor_id
            and p.show_id = c.show_id
            and p.basis = c.basis
            and p.currency = c.currency
)

select * from final
