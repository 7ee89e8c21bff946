{# The times, in seconds, at which a curve of time to value is told: minutes, hours and days that people think in. #}
{% macro curve_moments() -%}
    (60), (120), (180), (300), (600), (900), (1200), (1800), (2700), (3600), (7200), (14400), (28800), (86400), (172800), (259200),
    (604800), (1209600), (2592000), (5184000), (7776000)
{%- endmacro %}

{#
`users` (tenant_id, user_id, waited_s, value_s: NULL where there is no value yet) with observed_s: the time to value, else the wait so
far, down to the last moment that any figure asks for: a moment of the curve, or another user's time to value. A Kaplan-Meier figure is
the same with it as with the wait itself, and a build that finds nothing new changes no row for the clock's sake.
#}
{% macro observed_waits(users) %}
    with moments as (
        select u.tenant_id, u.value_s as moment_s, null::uuid as user_id from {{ users }} as u where u.value_s >= 0
        union
        select t.tenant_id, m.moment_s, null
        from (select distinct u.tenant_id from {{ users }} as u) as t
        cross join (values (0), {{ curve_moments() }}) as m (moment_s)
        union all
        select u.tenant_id, greatest(u.waited_s, 0), u.user_id from {{ users }} as u where u.value_s is null
    ),

    passed as (
        select
            tenant_id,
            user_id,
            max(moment_s) filter (where user_id is null) over (
                partition by tenant_id order by moment_s range between unbounded preceding and current row
            ) as passed_s
        from moments
    )

    select u.tenant_id, u.user_id, coalesce(u.value_s, p.passed_s)::double precision as observed_s
    from {{ users }} as u
    left join passed as p on u.tenant_id = p.tenant_id and u.user_id = p.user_id
{% endmacro %}
