-- Fails with each credit whose touch lies after its conversion or before the longest window there may be, but for refunds, which
-- inherit their order's path, and survey answers, which have no window.
select
    tenant_id,
    conversion_id,
    touch_id
from {{ ref('attribution_credits') }}
where
    conversion_kind <> 'refund'
    and touch_kind <> 'unattributed'
    and touch_kind <> 'survey'
    and not (converted_at - touch_at between interval '0 seconds' and interval '5184000 seconds')
    or (touch_kind = 'survey' and conversion_kind <> 'refund' and touch_at > converted_at)
