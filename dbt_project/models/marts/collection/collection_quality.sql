with

hours as (select * from {{ ref('int_collection_hours') }}),

pages as (
    select
        tenant_id,
        site_id,
        page_id,
        min(hour_at) as hour_at,
        sum(arrived_count) as arrived_count,
        max(sent_count) as sent_count,
        bool_or(is_closed) as is_closed
    from {{ ref('int_collected_pages') }}
    group by tenant_id, site_id, page_id
),

-- A page whose closing never came may have sent more than it numbered last: its loss is the least that is known.
page_hours as (
    select
        tenant_id,
        site_id,
        hour_at,
        count(*) as page_count,
        count(*) filter (where not is_closed) as unclosed_page_count,
        sum(greatest(sent_count, arrived_count))::bigint as numbered_count,
        sum(greatest(sent_count - arrived_count, 0))::bigint as lost_count
    from pages
    group by tenant_id, site_id, hour_at
),

figures as (
    select
        h.tenant_id,
        h.site_id,
        h.hour_at,
        -- Refused requests were never split into events; with them nothing that came is left out.
        (h.accepted_count + h.quarantined_count + h.refused_count)::bigint as received_count,
        h.accepted_count,
        h.quarantined_count,
        h.refused_count,
        h.duplicate_count,
        coalesce(p.page_count, 0) as page_count,
        coalesce(p.unclosed_page_count, 0) as unclosed_page_count,
        coalesce(p.numbered_count, 0) as numbered_count,
        coalesce(p.lost_count, 0) as lost_count,
        p.lost_count::double precision / nullif(p.numbered_count, 0) as loss_rate,
        -- Hours that were built before it was counted have none.
        coalesce(h.historical_count, 0) as historical_count,
        h.delay_p50_s,
        h.delay_p95_s
    from hours as h
    left join page_hours as p on h.tenant_id = p.tenant_id and h.site_id = p.site_id and h.hour_at = p.hour_at
),

final as (
    select
        *,
        coalesce(loss_rate >= {{ var('alert_loss_rate', 0.05) }}, false) as is_loss_alert,
        coalesce(delay_p95_s > {{ var('alert_delay_p95_s', 5) }}, false) as is_delay_alert
    from figures
)

select * from final
