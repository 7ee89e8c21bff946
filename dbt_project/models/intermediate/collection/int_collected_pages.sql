{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{% if is_incremental() %}delete from {{ this }} where xact >= (select ops.build_from_xact()){% endif %}",
        indexes=[{'columns': ['xact']}],
        post_hook='analyze {{ this }}',
    )
}}

-- A page numbers its events 1, 2, 3 … and says the last number as it closes: what did not arrive is known. One row per page and
-- build, so that a page whose events come in two builds has two; the mart adds them up. Each message counts once.
with

admitted as (
    select * from {{ ref('int_events_admitted') }}
    {% if is_incremental() %}
    where xact >= (select ops.build_from_xact())
    {% endif %}
),

deliveries as (
    select
        e.tenant_id,
        e.site_id,
        e.event_id,
        e.received_at,
        e.context -> 'hostread' as page
    from {{ source('raw_collector', 'collector_events') }} as e
    where
        e.xact < (select ops.build_to_xact()) {{ in_build('e') }}
        and jsonb_typeof(e.context -> 'hostread') = 'object'
),

numbered as (
    select
        d.tenant_id,
        d.site_id,
        d.received_at,
        a.xact,
        left(d.page ->> 'page_id', 100) as page_id,
        -- What a page may number; anything else is no number of ours.
        case when d.page ->> 'sequence' ~ '^[1-9][0-9]{0,5}$' then (d.page ->> 'sequence')::integer end as sequence_number,
        coalesce(d.page ->> 'is_last' = 'true', false) as is_last
    from deliveries as d
    inner join admitted as a
        on d.tenant_id = a.tenant_id and d.site_id = a.site_id and d.event_id = a.event_id and d.received_at = a.received_at
),

final as (
    select
        tenant_id,
        site_id,
        page_id,
        date_trunc('hour', min(received_at), 'UTC') as hour_at,
        count(distinct sequence_number) as arrived_count,
        max(sequence_number) as sent_count,
        bool_or(is_last) as is_closed,
        max(xact) as xact
    from numbered
    where page_id is not null and sequence_number is not null
    group by tenant_id, site_id, page_id
)

select * from final
