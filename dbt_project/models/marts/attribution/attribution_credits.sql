{{
    config(
        materialized='patched',
        meta={
            'changed': 'conversions_of_changed_pairs',
            'remembered': 'remember_settings_and_verdicts',
            'followers': ['attribution_conversions', 'publication'],
            'narrowed': {
                'int_conversions': 'of_concerned', 'int_touches': 'touches_of_concerned', 'conversion_fraud': 'of_concerned',
                'stg_campaigns__attribution_settings': none,
            },
        },
        indexes=[{'columns': ['tenant_id', 'conversion_id', 'touch_id'], 'unique': True}],
        pre_hook=hash_joins_only(),
        post_hook='analyze {{ this }}',
    )
}}

with

touches as not materialized (select * from {{ ref('int_touches') }}),

settings as not materialized (select * from {{ ref('stg_campaigns__attribution_settings') }}),

fraud as not materialized (
    select
        tenant_id,
        conversion_id
    from {{ ref('conversion_fraud') }}
    where is_fraud
),

-- A fraudulent conversion keeps its path and credit, marked: what adds credit up leaves it out. A refund follows its order.
conversions as not materialized (
    select
        v.*,
        f.conversion_id is not null as is_fraud
    from {{ ref('int_conversions') }} as v
    left join fraud as f on v.tenant_id = f.tenant_id and coalesce(v.origin_conversion_id, v.conversion_id) = f.conversion_id
),

sales as not materialized (
    select
        v.*,
        v.conversion_id as credited_id,
        v.converted_at as credited_at,
        v.conversion_kind as credited_kind
    from conversions as v
    where v.origin_conversion_id is null
),

-- A refund inherits its order's path: it bears the order's keys and time, and its own value.
refunds as not materialized (
    select
        o.tenant_id,
        o.conversion_id,
        o.sponsor_id,
        o.conversion_kind,
        o.converted_at,
        o.previous_converted_at,
        o.household_hash,
        o.key_epoch,
        o.household_hashes,
        o.household_epochs,
        o.ip_class,
        o.person_id,
        r.conversion_id as credited_id,
        r.converted_at as credited_at,
        r.conversion_kind as credited_kind,
        r.order_id,
        r.value_minor,
        r.currency,
        r.is_verified,
        r.is_fraud
    from conversions as r
    inner join conversions as o on r.tenant_id = o.tenant_id and r.origin_conversion_id = o.conversion_id
),

eligible as not materialized (
    {{ eligible_touches('sales', 'touches', 'settings', carried=('credited_id, ' ~ carried_columns()).split(', ')) }}
    union all
    {{ eligible_touches('refunds', 'touches', 'settings', carried=('credited_id, ' ~ carried_columns()).split(', ')) }}
),

-- And a row without a touch for each conversion: what has no other is unattributed.
paths as not materialized (
    select {{ credited_columns() }}
    from eligible
    union all
    {{ unattributed_paths('conversions') }}
),

final as (
    {{ credits_of_paths('paths', 'settings') }}
)

select * from final
