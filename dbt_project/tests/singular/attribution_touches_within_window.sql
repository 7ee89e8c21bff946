-- Fails with each credit whose touch lies after its conversion or before the longest window there may be, but for refunds, which
-- inherit their order's path.
select
    tenant_id,
    conversion_id,
    touch_id
from {{ ref('attribution_credits') }}
where
    conversion_kind <> 'refund'
    and touch_kind <> 'unattributed'
    and not (converted_at - touch_at between interval '0 seconds' and interval '5184000 seconds')
