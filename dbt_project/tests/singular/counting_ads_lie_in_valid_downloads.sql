-- Every ad delivered was heard in a valid first_touch download that is still counted.
select
    ads.tenant_id,
    ads.placement_id,
    ads.download_id
from {{ ref('int_ads_delivered') }} as ads
left join {{ ref('int_windows_counted') }} as windows
    on
        ads.tenant_id = windows.tenant_id
        and ads.download_key = windows.download_key
        and ads.delivered_at = windows.opened_at
        and windows.is_first_touch
        and windows.is_valid
where windows.download_key is null
