{{ config(indexes=[{'columns': ['tenant_id', 'conversion_id'], 'unique': True}]) }}

with

conversions as (
    select * from {{ ref('int_conversions') }}
    where origin_conversion_id is null
),

events as (select * from {{ ref('int_events_admitted') }}),

conflicts as (select * from {{ ref('int_event_conflicts') }}),

touches as (select * from {{ ref('int_touches') }}),

changed_messages as (
    select
        tenant_id,
        admitted_event_id,
        count(*) as deliveries
    from conflicts
    group by tenant_id, admitted_event_id
),

-- What reported each conversion; one of the books alone was reported by nothing.
reports as (
    select
        e.tenant_id,
        {{ conversion_id('e') }} as conversion_id,
        (array_agg(e.user_agent order by e.xact, e.received_at, e.event_id))[1] as user_agent,
        bool_or(e.is_signed) as is_signed,
        coalesce(sum(c.deliveries), 0) as changed_deliveries
    from events as e
    left join changed_messages as c on e.tenant_id = c.tenant_id and e.event_id = c.admitted_event_id
    where e.event_kind in ('purchase', 'lead', 'signup', 'install', 'open')
    group by e.tenant_id, {{ conversion_id('e') }}
),

orders as materialized (
    select
        v.tenant_id,
        v.conversion_id,
        v.sponsor_id,
        v.site_id,
        v.converted_at,
        (v.converted_at at time zone 'UTC')::date as day,  -- noqa: RF04
        v.anonymous_id,
        v.user_id,
        v.is_verified,
        v.promo_codes[1] as code,
        case when v.ip_class <> 'unknown' or v.household_hash is not null then v.ip_class end as ip_class,
        -- Many people share the address of a mobile network or of an office that is known for one.
        case when v.ip_class not in ('mobile', 'corporate') and r.user_agent is not null then v.household_hash end as network_hash,
        v.key_epoch,
        r.user_agent,
        r.is_signed,
        r.changed_deliveries,
        -- Counted once, so that a person who comes again is no new one.
        row_number() over (
            partition by v.tenant_id, v.sponsor_id, v.anonymous_id, v.user_id order by v.converted_at, v.conversion_id
        ) = 1 and v.user_id is not null as is_first_of_user
    from conversions as v
    left join reports as r on v.tenant_id = r.tenant_id and v.conversion_id = r.conversion_id
),

-- Each frame counts whoever shares the key; rows without the key share NULL, and are not judged.
counted as (
    select
        o.*,
        count(*) over (
            device order by o.converted_at
            range between {{ fraud_window('device_orders_in_minute') }} preceding
            and {{ fraud_window('device_orders_in_minute') }} following
        ) as device_orders_in_minute,
        count(*) over (
            partition by o.tenant_id, o.sponsor_id, o.anonymous_id, o.code order by o.converted_at
            range between {{ fraud_window('device_code_orders') }} preceding
            and {{ fraud_window('device_code_orders') }} following
        ) as device_code_orders,
        count(*) over (
            partition by o.tenant_id, o.sponsor_id, o.network_hash, o.key_epoch, o.user_agent, o.code order by o.converted_at
            range between {{ fraud_window('network_code_orders') }} preceding
            and {{ fraud_window('network_code_orders') }} following
        ) as network_code_orders,
        count(*) over (
            partition by o.tenant_id, o.sponsor_id, o.network_hash, o.key_epoch, o.user_agent order by o.converted_at
            range between {{ fraud_window('network_orders') }} preceding and {{ fraud_window('network_orders') }} following
        ) as network_orders,
        count(*) filter (where o.is_first_of_user) over (
            device order by o.converted_at
            range between {{ fraud_window('device_users') }} preceding and {{ fraud_window('device_users') }} following
        ) as device_users,
        count(o.is_signed) over site as site_orders,
        avg(o.is_signed::integer) over site as site_signed_rate
    from orders as o
    window
        device as (partition by o.tenant_id, o.sponsor_id, o.anonymous_id),
        site as (partition by o.tenant_id, o.site_id)
),

clicks as (
    {{ clicks_around('orders', 'touches') }}
),

tries as (
    {{ codes_tried('events') }}
),

days as materialized (
    {{ order_days('orders') }}
),

spikes as (
    {{ order_spikes('days') }}
),

final as (
    select
        o.tenant_id,
        o.conversion_id,
        (o.ip_class = 'datacenter')::integer::numeric as datacenter_origin,
        (o.ip_class = 'vpn')::integer::numeric as vpn_origin,
        c.seconds_from_click::numeric as seconds_from_click,
        c.click_after_order::numeric as click_after_order,
        c.clicks::numeric as clicks_before_order,
        case when o.anonymous_id is not null then o.device_orders_in_minute end::numeric as device_orders_in_minute,
        case when o.anonymous_id is not null and o.code is not null then o.device_code_orders end::numeric as device_code_orders,
        case when o.network_hash is not null and o.code is not null then o.network_code_orders end::numeric as network_code_orders,
        t.codes::numeric as codes_in_series,
        round(b.spike::numeric, 2) as code_spike,
        round(s.spike::numeric, 2) as site_spike,
        case when o.anonymous_id is not null and o.user_id is not null then o.device_users end::numeric as device_users,
        case when o.network_hash is not null then o.network_orders end::numeric as network_orders,
        case
            when o.is_verified and o.is_signed is not null then 0
            when o.site_orders >= {{ fraud_rule('unsigned_order', 'minimum') }} then round(o.site_signed_rate, 4)
        end as unsigned_order,
        o.changed_deliveries::numeric as changed_message
    from counted as o
    left join clicks as c on o.tenant_id = c.tenant_id and o.conversion_id = c.conversion_id
    left join tries as t on o.tenant_id = t.tenant_id and o.conversion_id = t.conversion_id
    left join spikes as b
        on
            o.tenant_id = b.tenant_id and o.sponsor_id = b.sponsor_id and b.kind = 'code_spike' and o.code = b.name
            and o.day = b.day
    left join spikes as s
        on
            o.tenant_id = s.tenant_id and o.sponsor_id = s.sponsor_id and s.kind = 'site_spike' and o.site_id::text = s.name
            and o.day = s.day
)

select * from final
