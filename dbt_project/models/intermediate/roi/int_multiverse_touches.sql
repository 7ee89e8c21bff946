-- One row per conversion and touch within the widest window of the multiverse, by the account's other rules. Stored for itself:
-- what is joined to it needs its statistics.
{{ config(pre_hook=hash_joins_only()) }}

with

sales as not materialized (
    select * from {{ ref('int_conversions') }}
    where origin_conversion_id is null
),

touches as not materialized (select * from {{ ref('int_touches') }}),

settings as not materialized (
    select
        tenant_id,
        {{ widest_window_s() }} as exposure_window_s,
        {{ widest_window_s() }} as click_window_s,
        {{ widest_window_s() }} as vanity_window_s,
        null::jsonb as windows_by_kind,
        reset_path_on_conversion
    from {{ ref('stg_campaigns__attribution_settings') }}
),

paths as (
    {{ eligible_touches('sales', 'touches', 'settings', carried=['converted_at', 'ip_class']) }}
)

select
    tenant_id,
    conversion_id,
    touch_id,
    campaign_id,
    placement_id,
    touch_at,
    source_rank,
    converted_at,
    ip_class,
    is_household_only
from paths
