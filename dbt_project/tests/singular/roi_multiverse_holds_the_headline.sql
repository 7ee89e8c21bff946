-- Fails with each campaign and model whose universe of the account's own windows is not its headline, to the cent: where all
-- windows are one of the multiverse's. And with each that a narrower window gives a conversion that a wider one has not.
with

settings as (
    select
        tenant_id,
        exposure_window_s / 86400 as window_days
    from {{ ref('stg_campaigns__attribution_settings') }}
    where
        exposure_window_s = click_window_s and click_window_s = vanity_window_s and windows_by_kind is null
        and exposure_window_s % 86400 = 0
),

same as (
    select
        r.tenant_id,
        r.campaign_id,
        r.model
    from {{ ref('campaign_roi') }} as r
    inner join settings as s on r.tenant_id = s.tenant_id
    inner join {{ ref('campaign_roi_multiverse') }} as u
        on
            r.tenant_id = u.tenant_id and r.campaign_id = u.campaign_id and r.model = u.model
            and s.window_days = u.window_days and u.ip_classes = 'all'
    where
        r.revenue_minor <> u.revenue_minor
        or r.conversions_ppb <> u.conversions_ppb
        or r.spend_minor <> u.spend_minor
        or r.roi is distinct from u.roi
),

-- All campaigns of a tenant together: between campaigns a wider window may move credit.
totals as (
    select
        tenant_id,
        ip_classes,
        model,
        window_days,
        sum(conversions_ppb) as conversions_ppb
    from {{ ref('campaign_roi_multiverse') }}
    group by tenant_id, ip_classes, model, window_days
),

shrinking as (
    select
        tenant_id,
        model,
        conversions_ppb < lag(conversions_ppb) over (partition by tenant_id, ip_classes, model order by window_days) as is_less
    from totals
)

select
    tenant_id,
    campaign_id,
    model
from same
union all
select
    tenant_id,
    null as campaign_id,
    model
from shrinking
where is_less
