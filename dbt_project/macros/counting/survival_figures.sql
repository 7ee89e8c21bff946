{# Kaplan-Meier figures of `users` (columns tenant_id, observed_s, is_censored, is_data_error), one row per `group_columns` (domain
   rules, section 9). S(t) = product over the times t' <= t at which users reached value of (1 - d / n): d reached it then, n were
   still waiting just before. A quantile is the smallest t at which S(t) has fallen to 1 - q; NULL where it never does. #}
{% macro survival_figures(users, group_columns) %}
{%- set keys = group_columns | join(', ') -%}
{#- A product as a sum of logarithms is off by some 1e-16: rounded, or a curve that meets 0.5 exactly would miss it. -#}
    with waiting as (
        select
            {{ keys }},
            observed_s,
            not is_censored as has_value,
            count(*) over (partition by {{ keys }} order by observed_s desc) as at_risk
        from {{ users }}
        where not is_data_error
    ),

    steps as (
        select
            {{ keys }},
            observed_s,
            max(at_risk) as at_risk,
            count(*) filter (where has_value) as reached
        from waiting
        group by {{ keys }}, observed_s
    ),

    curve as (
        select
            {{ keys }},
            observed_s,
            reached,
            round(
                case
                    -- ln(0): whoever was left reached value, nobody is waiting after.
                    when bool_or(reached = at_risk) over so_far then 0
                    else exp(sum(case when reached < at_risk then ln(1 - reached::numeric / at_risk) else 0 end) over so_far)
                end,
                12
            ) as survival
        from steps
        window so_far as (partition by {{ keys }} order by observed_s)
    ),

    quantiles as (
        select
            {{ keys }},
            min(observed_s) filter (where survival <= 0.5) as median_s,
            min(observed_s) filter (where survival <= 0.25) as p75_s,
            min(observed_s) filter (where survival <= 0.1) as p90_s,
            (1 - coalesce(min(survival) filter (where observed_s <= 900), 1))::double precision as within_15_min_rate
        from curve
        group by {{ keys }}
    ),

    counts as (
        select
            {{ keys }},
            count(*) filter (where not is_data_error) as users,
            count(*) filter (where not is_data_error and not is_censored) as users_with_value,
            count(*) filter (where not is_data_error and observed_s >= 900) as at_risk_15_min,
            count(*) filter (where is_data_error) as data_errors
        from {{ users }}
        group by {{ keys }}
    )

    select
        {{ keys }},
        counts.users,
        counts.users_with_value,
        quantiles.median_s,
        quantiles.p75_s,
        quantiles.p90_s,
        quantiles.within_15_min_rate,
        counts.at_risk_15_min,
        counts.data_errors
    from counts
    left join quantiles using ({{ keys }})
{% endmacro %}
