-- The Kaplan-Meier curve of the time to first value at moments that people think in, with its 95 % band (Greenwood, on the log-log
-- scale, which stays within 0 and 1).
with

users as (
    select * from {{ ref('ttfv') }}
    where not is_data_error
),

waiting as (
    select
        tenant_id,
        observed_s,
        not is_censored as has_value,
        count(*) over (partition by tenant_id order by observed_s desc) as at_risk
    from users
),

steps as (
    select
        tenant_id,
        observed_s,
        max(at_risk) as at_risk,
        count(*) filter (where has_value) as reached
    from waiting
    group by tenant_id, observed_s
),

moments as (
    select
        t.tenant_id,
        m.moment_s
    from (select distinct tenant_id from users) as t
    cross join (
        values
        {{ curve_moments() }}
    ) as m (moment_s)
),

curve as (
    select
        m.tenant_id,
        m.moment_s,
        coalesce(sum(s.reached), 0)::bigint as users_with_value,
        -- ln(0): whoever was left reached value.
        coalesce(bool_or(s.reached = s.at_risk), false) as is_over,
        coalesce(sum(case when s.reached < s.at_risk then ln(1 - s.reached::double precision / s.at_risk) end), 0) as log_survival,
        coalesce(sum(
            case when s.reached < s.at_risk then s.reached::double precision / (s.at_risk * (s.at_risk - s.reached)) end
        ), 0) as variance
    from moments as m
    left join steps as s on m.tenant_id = s.tenant_id and m.moment_s >= s.observed_s and s.reached > 0
    group by m.tenant_id, m.moment_s
),

at_risk as (
    select
        m.tenant_id,
        m.moment_s,
        count(u.user_id) as at_risk
    from moments as m
    left join users as u on m.tenant_id = u.tenant_id and m.moment_s <= u.observed_s
    group by m.tenant_id, m.moment_s
),

final as (
    select
        c.tenant_id,
        c.moment_s,
        r.at_risk,
        c.users_with_value,
        case when c.is_over then 0 else round(exp(c.log_survival)::numeric, 12)::double precision end as waiting_rate,
        case
            when not c.is_over and c.log_survival < 0
                then exp(c.log_survival * exp(1.959964 * sqrt(c.variance) / abs(c.log_survival)))
        end as waiting_low,
        case
            when not c.is_over and c.log_survival < 0
                then exp(c.log_survival * exp(-1.959964 * sqrt(c.variance) / abs(c.log_survival)))
        end as waiting_high
    from curve as c
    inner join at_risk as r on c.tenant_id = r.tenant_id and c.moment_s = r.moment_s
)

select * from final
