{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['tenant_id', 'site_id', 'hour_at'],
        indexes=[{'columns': ['tenant_id', 'site_id', 'hour_at'], 'unique': True}],
        post_hook='analyze {{ this }}',
    )
}}

-- depends_on: {{ ref('int_events_admitted') }}

with

deliveries as not materialized (
    select
        e.tenant_id,
        e.site_id,
        date_trunc('hour', e.received_at, 'UTC') as hour_at,
        e.received_at,
        e.message_id,
        e.event_id,
        e.xact,
        {{ body_key('e') }} as body_key,
        raw.collector_event_fault(e) is not null as is_unsound,
        extract(epoch from e.received_at - ops.corrected_at(e.received_at, e.sent_at, e.client_at))::double precision as delay_s
    from {{ source('raw_collector', 'collector_events') }} as e
    where e.xact < (select ops.build_to_xact())
),

-- History that somebody sends, or a device that was away: how old it is says nothing of the way here.
judged as not materialized (
    select
        *,
        coalesce(delay_s > {{ var('historical_after_s', 86400) }}, false) as is_historical
    from deliveries
),

receipts as not materialized (
    select
        tenant_id,
        site_id,
        date_trunc('hour', minute_at, 'UTC') as hour_at,
        received_count,
        xact
    from {{ source('raw_collection', 'collector_receipts') }}
    where xact < (select ops.build_to_xact())
),

-- What the build quarantined lies among the deliveries, and is told apart there.
faults as not materialized (
    select
        tenant_id,
        (context ->> 'site_id')::uuid as site_id,
        date_trunc('hour', quarantined_at, 'UTC') as hour_at,
        -- Replayed after a fix, it lies among the deliveries with the time of its receipt.
        replayed_at is not null as is_replayed,
        xact
    from {{ source('raw_collection', 'quarantine') }}
    where
        source = 'collector' and tenant_id is not null and context ? 'site_id'
        and reason_code not in ('message_id_conflict', 'row_check_failed') and xact < (select ops.build_to_xact())
),

refusals as not materialized (
    select
        tenant_id,
        site_id,
        date_trunc('hour', minute_at, 'UTC') as hour_at,
        refused_count,
        xact
    from {{ source('raw_collection', 'collector_refusals') }}
    where tenant_id is not null and site_id is not null and xact < (select ops.build_to_xact())
),

-- What this build has to count: the hours of sites for which anything came.
touched as (
    select distinct
        c.tenant_id,
        c.site_id,
        c.hour_at
    from (
        {% for source in ['deliveries', 'receipts', 'faults', 'refusals'] %}
        select
            e.tenant_id,
            e.site_id,
            e.hour_at
        from {{ source }} as e
        where true {{ in_build('e') }}
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ) as c
),

-- Known only when the query runs, and still prunes the day partitions before the first touched hour.
counted as (
    select
        d.tenant_id,
        d.site_id,
        d.hour_at,
        count(*) filter (where not d.is_unsound and (k.event_id = d.event_id or k.body_key = d.body_key)) as accepted_count,
        count(*) filter (where d.is_unsound or (k.event_id <> d.event_id and k.body_key <> d.body_key)) as unusable_count,
        count(*) filter (where not d.is_unsound and k.event_id <> d.event_id and k.body_key = d.body_key) as duplicate_count,
        count(*) filter (where d.is_historical) as historical_count,
        percentile_cont(0.5) within group (order by greatest(d.delay_s, 0)) filter (where not d.is_historical) as delay_p50_s,
        percentile_cont(0.95) within group (order by greatest(d.delay_s, 0)) filter (where not d.is_historical) as delay_p95_s
    from judged as d
    inner join touched as t on d.tenant_id = t.tenant_id and d.site_id = t.site_id and d.hour_at = t.hour_at
    left join intermediate.admitted_keys as k
        on d.tenant_id = k.tenant_id and k.message_key = ops.message_key(d.tenant_id, d.site_id, d.message_id)
    where d.received_at >= (select min(h.hour_at) from touched as h)
    group by d.tenant_id, d.site_id, d.hour_at
),

received as (
    select
        r.tenant_id,
        r.site_id,
        r.hour_at,
        sum(r.received_count)::bigint as received_count
    from receipts as r
    inner join touched as t on r.tenant_id = t.tenant_id and r.site_id = t.site_id and r.hour_at = t.hour_at
    group by r.tenant_id, r.site_id, r.hour_at
),

quarantined as (
    select
        f.tenant_id,
        f.site_id,
        f.hour_at,
        count(*) filter (where not f.is_replayed) as quarantined_count,
        count(*) filter (where f.is_replayed) as replayed_count
    from faults as f
    inner join touched as t on f.tenant_id = t.tenant_id and f.site_id = t.site_id and f.hour_at = t.hour_at
    group by f.tenant_id, f.site_id, f.hour_at
),

refused as (
    select
        r.tenant_id,
        r.site_id,
        r.hour_at,
        sum(r.refused_count)::bigint as refused_count
    from refusals as r
    inner join touched as t on r.tenant_id = t.tenant_id and r.site_id = t.site_id and r.hour_at = t.hour_at
    group by r.tenant_id, r.site_id, r.hour_at
),

final as (
    select
        t.tenant_id,
        t.site_id,
        t.hour_at,
        coalesce(v.received_count, 0) as counted_count,
        coalesce(c.accepted_count, 0) as accepted_count,
        coalesce(q.quarantined_count, 0) + coalesce(c.unusable_count, 0) as quarantined_count,
        coalesce(q.replayed_count, 0) as replayed_count,
        coalesce(r.refused_count, 0) as refused_count,
        coalesce(c.duplicate_count, 0) as duplicate_count,
        coalesce(c.historical_count, 0) as historical_count,
        c.delay_p50_s,
        c.delay_p95_s
    from touched as t
    left join counted as c on t.tenant_id = c.tenant_id and t.site_id = c.site_id and t.hour_at = c.hour_at
    left join received as v on t.tenant_id = v.tenant_id and t.site_id = v.site_id and t.hour_at = v.hour_at
    left join quarantined as q on t.tenant_id = q.tenant_id and t.site_id = q.site_id and t.hour_at = q.hour_at
    left join refused as r on t.tenant_id = r.tenant_id and t.site_id = r.site_id and t.hour_at = r.hour_at
)

select * from final
