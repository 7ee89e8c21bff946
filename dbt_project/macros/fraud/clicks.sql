{#
One row per order with a device: the seconds from the device's last click or vanity visit, the seconds to its first one after where
there is none before, and how many came shortly before. One timeline a device and windows over it: the cost follows the rows, however
many one device has. `orders`: tenant_id, sponsor_id, conversion_id, anonymous_id, converted_at.
#}
{% macro clicks_around(orders, touches) %}
    select
        w.tenant_id,
        w.conversion_id,
        case
            when w.last_click_at >= w.at - {{ fraud_window('seconds_from_click') }} then extract(epoch from w.at - w.last_click_at)
        end as seconds_from_click,
        case
            when w.last_click_at >= w.at - {{ fraud_window('seconds_from_click') }} then null
            when w.next_click_at <= w.at + {{ fraud_window('click_after_order') }} then extract(epoch from w.next_click_at - w.at)
        end as click_after_order,
        w.clicks
    from (
        select
            l.tenant_id,
            l.conversion_id,
            l.at,
            -- From one end of the timeline each: a frame with two moving ends is counted anew for every row.
            max(l.click_at) over (device order by l.at) as last_click_at,
            min(l.click_at) over (device order by l.at desc) as next_click_at,
            count(l.click_at) over (
                device order by l.at range between {{ fraud_window('clicks_before_order') }} preceding and current row
            ) as clicks
        from (
            select o.tenant_id, o.sponsor_id, o.anonymous_id, o.conversion_id, o.converted_at as at, null::timestamptz as click_at
            from {{ orders }} as o
            where o.anonymous_id is not null
            union all
            select t.tenant_id, t.sponsor_id, t.anonymous_id, null, t.touch_at, t.touch_at
            from {{ touches }} as t
            where t.anonymous_id is not null and t.touch_kind in ('click', 'vanity') and t.own_conversion_id is null
        ) as l
        window device as (partition by l.tenant_id, l.sponsor_id, l.anonymous_id)
    ) as w
    where w.conversion_id is not null
{% endmacro %}

{#
One row per order with a code: how many codes its device had newly tried in the time before it. A code that was tried within that time
already is no new one. `events`: shape of int_events_admitted.
#}
{% macro codes_tried(events) %}
    select
        n.tenant_id,
        n.conversion_id,
        max(n.codes) as codes
    from (
        select
            l.tenant_id,
            l.conversion_id,
            count(*) filter (where l.is_new) over (
                partition by l.tenant_id, l.sponsor_id, l.anonymous_id
                order by l.occurred_at range between {{ fraud_window('codes_in_series') }} preceding and current row
            ) as codes
        from (
            select
                e.tenant_id,
                e.sponsor_id,
                e.anonymous_id,
                e.occurred_at,
                case when e.event_kind in ('purchase', 'lead', 'signup', 'install', 'open') then {{ conversion_id('e') }} end
                    as conversion_id,
                coalesce(e.occurred_at - lag(e.occurred_at) over (
                    partition by e.tenant_id, e.sponsor_id, e.anonymous_id, c.code order by e.occurred_at, e.event_id
                ) > {{ fraud_window('codes_in_series') }}, true) as is_new
            from {{ events }} as e
            cross join lateral unnest(e.promo_codes) as c (code)
            where e.anonymous_id is not null and e.event_kind <> 'refund'
        ) as l
    ) as n
    where n.conversion_id is not null
    group by n.tenant_id, n.conversion_id
{% endmacro %}
