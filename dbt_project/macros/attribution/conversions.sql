{# An order is one conversion however many events report it; an event without an order is its own. #}
{% macro conversion_id(e) -%}
    case
        when {{ e }}.order_id is not null
            then {{ stable_id('order', [e ~ '.tenant_id', e ~ '.sponsor_id', e ~ '.event_kind', e ~ '.order_id']) }}
        else {{ stable_id('conversion', [e ~ '.tenant_id', e ~ '.site_id', e ~ '.message_id']) }}
    end
{%- endmacro %}

{#
One row per conversion that `events` (shape of int_events_admitted) report: purchases always; leads, sign-ups, installs and openings
of an app where a campaign of the sponsor aims at them. Of several events with one order the one that came first says who bought and
when; what it was worth is said by the first signed one, where there is one: a write key is public, and anybody may name an order.
#}
{% macro event_conversions(events, campaigns, crowded) %}
    select distinct on (i.tenant_id, i.conversion_id)
        i.tenant_id,
        i.conversion_id,
        i.sponsor_id,
        i.site_id,
        i.event_kind as conversion_kind,
        i.order_id,
        i.occurred_at as converted_at,
        first_value(i.value_minor) over trusted as value_minor,
        first_value(i.currency) over trusted as currency,
        first_value(i.is_value_malformed) over trusted as is_value_malformed,
        first_value(i.is_signed) over trusted as is_signed,
        i.promo_codes,
        i.household_hash,
        i.key_epoch,
        i.household_hashes,
        i.household_epochs,
        {{ class_in_crowd('i', has_crowded_key('i', crowded)) }} as ip_class,
        i.anonymous_id,
        i.user_id,
        i.has_consent
    from (
        select e.*, {{ conversion_id('e') }} as conversion_id
        from {{ events }} as e
        where
            e.event_kind = 'purchase'
            or (
                e.event_kind in ('lead', 'signup', 'install', 'open')
                and exists (
                    select 1 from {{ campaigns }} as c
                    where c.tenant_id = e.tenant_id and c.sponsor_id = e.sponsor_id and c.goal_kind = e.event_kind
                )
            )
    ) as i
    window trusted as (
        partition by i.tenant_id, i.conversion_id order by i.is_signed desc, i.xact, i.received_at, i.event_id
    )
    order by i.tenant_id, i.conversion_id, i.xact, i.received_at, i.event_id
{% endmacro %}

{#
One row per refund of an order: a negative conversion of its own that points to the order it takes back. Value NULL: all of it. An
unsigned one takes nothing from verified revenue.
#}
{% macro event_refunds(events) %}
    select
        e.tenant_id,
        {{ stable_id('refund', ['e.tenant_id', 'e.site_id', 'e.message_id']) }} as conversion_id,
        {{ stable_id('order', ['e.tenant_id', 'e.sponsor_id', "'purchase'", 'e.order_id']) }} as origin_conversion_id,
        e.sponsor_id,
        e.site_id,
        e.order_id,
        e.occurred_at as converted_at,
        -abs(e.value_minor) as value_minor,
        e.currency,
        e.is_value_malformed,
        e.is_signed
    from {{ events }} as e
    where e.event_kind = 'refund' and e.order_id is not null
{% endmacro %}

{#
A conversion's hashes under every key that was live, with their epochs (domain rules, section 5): a touch has the hash of its own epoch
alone, so each pair meets once. What came before keys were rotated has the one.
#}
{% macro household_pairs(c) -%}
    unnest(
        coalesce({{ c }}.household_hashes, array[{{ c }}.household_hash]),
        coalesce({{ c }}.household_epochs, array[{{ c }}.key_epoch])
    )
{%- endmacro %}

{# The classes of address whose hash stands for a household over the whole window (domain rules, section 5). #}
{% macro household_of(c) -%} case when {{ c }}.ip_class in ('household', 'unknown') then {{ c }}.household_hash end {%- endmacro %}
