{{
    config(
        materialized='patched',
        meta={
            'changed': 'conversions_of_changed_credit',
            'followers': ['publication'],
            'narrowed': {
                'int_conversions': 'of_concerned', 'attribution_credits': 'of_concerned', 'conversion_fraud': 'of_concerned',
            },
        },
        indexes=[{'columns': ['tenant_id', 'conversion_id'], 'unique': True}],
        post_hook='analyze {{ this }}',
    )
}}

with

conversions as (select * from {{ ref('int_conversions') }}),

credits as (
    select * from {{ ref('attribution_credits') }}
    where path_position > 0
),

fraud as (select * from {{ ref('conversion_fraud') }}),

owners as (
    select
        tenant_id,
        conversion_id,
        campaign_id as owner_campaign_id,
        placement_id as owner_placement_id,
        touch_kind as owner_touch_kind,
        is_household_only as is_owner_household_only
    from credits
    where is_owner
),

evidence as (
    select
        tenant_id,
        conversion_id,
        concat_ws(
            ',',
            case when bool_or(touch_kind = 'click') then 'click' end,
            case when bool_or(touch_kind = 'code') then 'code' end,
            case when bool_or(touch_kind = 'exposure') then 'exposure' end,
            case when bool_or(touch_kind = 'survey') then 'survey' end,
            case when bool_or(touch_kind = 'vanity') then 'vanity' end
        ) as evidence_kinds,
        count(*) filter (where touch_kind = 'code') > 1 as is_code_ambiguous
    from credits
    group by tenant_id, conversion_id
),

final as (
    select
        v.tenant_id,
        v.conversion_id,
        v.origin_conversion_id,
        v.sponsor_id,
        v.site_id,
        v.conversion_kind,
        v.order_id,
        v.converted_at,
        v.value_minor,
        v.currency,
        v.is_verified,
        v.is_value_malformed,
        coalesce(o.owner_campaign_id, {{ none_id() }}) as owner_campaign_id,
        coalesce(o.owner_placement_id, {{ none_id() }}) as owner_placement_id,
        coalesce(o.owner_touch_kind, 'unattributed') as owner_touch_kind,
        coalesce(e.evidence_kinds, '') as evidence_kinds,
        coalesce(e.is_code_ambiguous, false) as is_code_ambiguous,
        v.household_hash,
        v.key_epoch,
        v.ip_class,
        v.anonymous_id,
        v.user_id,
        v.household_hashes,
        v.household_epochs,
        v.has_consent,
        v.promo_codes,
        v.previous_converted_at,
        v.person_id,
        coalesce(f.is_fraud, false) as is_fraud,
        coalesce(o.is_owner_household_only, false) as is_owner_household_only
    from conversions as v
    left join owners as o on v.tenant_id = o.tenant_id and v.conversion_id = o.conversion_id
    left join evidence as e on v.tenant_id = e.tenant_id and v.conversion_id = e.conversion_id
    -- A refund follows its order.
    left join fraud as f on v.tenant_id = f.tenant_id and coalesce(v.origin_conversion_id, v.conversion_id) = f.conversion_id
)

select * from final
