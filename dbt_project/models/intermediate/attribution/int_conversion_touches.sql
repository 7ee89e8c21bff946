{{
    config(
        indexes=[{'columns': ['tenant_id', 'conversion_id', 'touch_id'], 'unique': True}],
        post_hook='analyze {{ this }}',
    )
}}

with

conversions as not materialized (select * from {{ ref('int_conversions') }}),

sales as not materialized (
    select * from conversions
    where origin_conversion_id is null
),

refunds as (
    select * from conversions
    where origin_conversion_id is not null
),

touches as not materialized (select * from {{ ref('int_touches') }}),

settings as not materialized (select * from {{ ref('stg_campaigns__attribution_settings') }}),

paths as materialized (
    {{ eligible_touches('sales', 'touches', 'settings') }}
),

-- A refund inherits its order's path, ages and all.
final as (
    select * from paths
    union all
    select
        p.tenant_id,
        r.conversion_id,
        p.touch_id,
        p.campaign_id,
        p.placement_id,
        p.show_id,
        p.episode_guid,
        p.touch_kind,
        p.source_rank,
        p.touch_at,
        p.age_s,
        p.is_household_only
    from refunds as r
    inner join paths as p on r.tenant_id = p.tenant_id and r.origin_conversion_id = p.conversion_id
)

select * from final
