{#
Admission (architecture): each (tenant, source, message id) counts once, without a time limit. These run before and after the models
of intermediate/events, in their transactions, over the rows that the build covers. Each may be run again, after a kill or a held
build, and changes nothing: a key never changes, and who comes first among settled rows is settled.
#}

{# The key of every message of the build that has none yet: its first delivery, by transaction, then by the server's clock. #}
{% macro admit_keys() %}
    insert into intermediate.admitted_keys (message_key, body_key, event_id, xact, tenant_id)
    select distinct on (d.tenant_id, d.message_key)
        d.message_key,
        d.body_key,
        d.event_id,
        d.xact,
        d.tenant_id
    from (
        select
            e.tenant_id,
            e.event_id,
            e.xact,
            e.received_at,
            ops.message_key(e.tenant_id, e.site_id, e.message_id) as message_key,
            {{ body_key('e') }} as body_key
        from raw.collector_events as e
        where e.xact < (select ops.build_to_xact()) {{ in_build('e') }} and raw.collector_event_fault(e) is null
    ) as d
    order by d.tenant_id, d.message_key, d.xact, d.received_at, d.event_id
    on conflict (tenant_id, message_key) do nothing
{% endmacro %}

{# Of a row of raw.collector_events: 128 bits of its body's digest. #}
{% macro body_key(e) -%} encode(substr({{ e }}.body_sha256, 1, 16), 'hex')::uuid {%- endmacro %}

{# Nothing in a full build; else the rows from where the last published build ended. #}
{% macro in_build(e) -%}
    {% if is_incremental() %}and {{ e }}.xact >= (select ops.build_from_xact()){% endif %}
{%- endmacro %}

{#
Into raw.quarantine, each once: the deliveries of a message id with another body than the one admitted (collector-protocol), and the
rows that fail a row check. They stay in raw.collector_events too: whoever adds up accepted leaves out what is named here.
#}
{% macro quarantine_conflicts(conflicts) %}
    insert into raw.quarantine (tenant_id, source, reason_code, reason, original, context, quarantined_at, run_id)
    select
        e.tenant_id,
        'collector' as source,
        'message_id_conflict' as reason_code,
        'found a message id that was admitted with another body, expected a retry to repeat the first: the first stays' as reason,
        {{ event_original('e') }} as original,
        jsonb_build_object(
            'site_id', e.site_id, 'message_id', e.message_id, 'event_id', e.event_id, 'admitted_event_id', c.admitted_event_id
        ) as context,
        e.received_at as quarantined_at,
        e.run_id
    from {{ conflicts }} as c
    inner join raw.collector_events as e
        on c.tenant_id = e.tenant_id and c.received_at = e.received_at and c.event_id = e.event_id
    where e.xact < (select ops.build_to_xact()) {{ in_build('e') }}
    on conflict (tenant_id, reason_code, (context ->> 'event_id'))
    where source = 'collector' and reason_code in ('message_id_conflict', 'row_check_failed') do nothing
{% endmacro %}

{% macro quarantine_unsound_rows() %}
    insert into raw.quarantine (tenant_id, source, reason_code, reason, original, context, quarantined_at, run_id)
    select
        e.tenant_id,
        'collector' as source,
        'row_check_failed' as reason_code,
        'found a row of raw.collector_events that fails the check ' || raw.collector_event_fault(e)
        || ', which the collector lets nobody do: it counts nowhere' as reason,
        {{ event_original('e') }} as original,
        jsonb_build_object(
            'site_id', e.site_id, 'message_id', e.message_id, 'event_id', e.event_id, 'check', raw.collector_event_fault(e)
        ) as context,
        e.received_at as quarantined_at,
        e.run_id
    from raw.collector_events as e
    where
        e.xact < (select ops.build_to_xact()) {{ in_build('e') }}
        and raw.collector_event_fault(e) is not null
    on conflict (tenant_id, reason_code, (context ->> 'event_id'))
    where source = 'collector' and reason_code in ('message_id_conflict', 'row_check_failed') do nothing
{% endmacro %}

{# The event as a client would write it, from its row: what was stored, without any address. #}
{% macro event_original(e) -%}
    convert_to((
        jsonb_strip_nulls(jsonb_build_object(
            'type', {{ e }}.kind, 'messageId', {{ e }}.message_id, 'event', {{ e }}.event_name,
            'anonymousId', {{ e }}.anonymous_id, 'userId', {{ e }}.user_id, 'timestamp', {{ e }}.client_at,
            'sentAt', {{ e }}.sent_at
        ))
        || jsonb_build_object(
            'context', case when jsonb_typeof({{ e }}.context) = 'object' then {{ e }}.context - 'ip' else '{}' end,
            case when {{ e }}.kind in ('identify', 'group') then 'traits' else 'properties' end, {{ e }}.properties
        )
    )::text, 'UTF8')
{%- endmacro %}
