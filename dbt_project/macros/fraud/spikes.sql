{# One row per sponsor, code or site, and UTC day: its orders, and its first day with any. #}
{% macro order_days(orders) %}
    select
        o.tenant_id,
        o.sponsor_id,
        k.kind,
        k.name,
        o.day,
        count(*) as orders,
        min(o.day) over (partition by o.tenant_id, o.sponsor_id, k.kind, k.name) as first_day
    from {{ orders }} as o
    cross join lateral (values ('code_spike', o.code), ('site_spike', o.site_id::text)) as k (kind, name)
    where k.name is not null
    group by o.tenant_id, o.sponsor_id, k.kind, k.name, o.day
{% endmacro %}

{#
One row per sponsor, code or site, and day with enough orders and at least four weeks of its own history: how many robust standard
deviations the day's orders lie above the median of the same weekday of the weeks before. The spread is that of the median absolute
deviation, and at least that of chance alone (the root of the median). `days`: order_days().
#}
{% macro order_spikes(days) %}
    select
        m.tenant_id,
        m.sponsor_id,
        m.kind,
        m.name,
        m.day,
        (m.orders - m.middle) / greatest(1.4826 * {{ median_deviation('m.history', 'm.middle') }}, sqrt(greatest(m.middle, 1))) as spike
    from (
        select
            h.*,
            {{ median('h.history') }} as middle
        from (
            select
                d.tenant_id,
                d.sponsor_id,
                d.kind,
                d.name,
                d.day,
                d.orders,
                array_agg(coalesce(p.orders, 0)::double precision) as history
            from {{ days }} as d
            cross join generate_series(7, {{ fraud_rule('code_spike', 'window_s') }} / 86400, 7) as s (days)
            left join {{ days }} as p
                on
                    d.tenant_id = p.tenant_id and d.sponsor_id = p.sponsor_id and d.kind = p.kind and d.name = p.name
                    and d.day - s.days = p.day
            where
                d.day - s.days >= d.first_day
                and d.orders >= case d.kind
                    when 'code_spike' then {{ fraud_rule('code_spike', 'minimum') }} else {{ fraud_rule('site_spike', 'minimum') }}
                end
            group by d.tenant_id, d.sponsor_id, d.kind, d.name, d.day, d.orders
            having count(*) >= 4
        ) as h
    ) as m
{% endmacro %}
