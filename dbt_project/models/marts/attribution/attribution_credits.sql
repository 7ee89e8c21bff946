{{ config(indexes=[{'columns': ['tenant_id', 'conversion_id', 'touch_id'], 'unique': True}]) }}

with

conversions as (select * from {{ ref('int_conversions') }}),

paths as (select * from {{ ref('int_conversion_touches') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

fraud as (
    select
        tenant_id,
        conversion_id
    from {{ ref('conversion_fraud') }}
    where is_fraud
),

credits as (
    {{ path_credits('paths', 'conversions', 'settings') }}
),

final as (
    select
        v.tenant_id,
        v.conversion_id,
        coalesce(p.touch_id, {{ none_id() }}) as touch_id,
        v.sponsor_id,
        coalesce(p.campaign_id, {{ none_id() }}) as campaign_id,
        coalesce(p.placement_id, {{ none_id() }}) as placement_id,
        p.show_id,
        p.episode_guid,
        coalesce(p.touch_kind, 'unattributed') as touch_kind,
        p.touch_at,
        v.converted_at,
        v.conversion_kind,
        coalesce(c.path_position, 0) as path_position,
        coalesce(c.path_length, 0) as path_length,
        v.order_id,
        v.value_minor,
        v.currency,
        {%- for model in attribution_models() %}
        coalesce(c.{{ model }}_ppb, 1000000000) as {{ model }}_ppb,
        coalesce(c.{{ model }}_minor, v.value_minor) as {{ model }}_minor,
        {%- endfor %}
        v.is_verified,
        f.conversion_id is not null as is_fraud
    from conversions as v
    left join credits as c on v.tenant_id = c.tenant_id and v.conversion_id = c.conversion_id
    left join paths as p on c.tenant_id = p.tenant_id and c.conversion_id = p.conversion_id and c.touch_id = p.touch_id
    -- A fraudulent conversion keeps its path and credit, marked: what adds credit up leaves it out. A refund follows its order.
    left join fraud as f on v.tenant_id = f.tenant_id and coalesce(v.origin_conversion_id, v.conversion_id) = f.conversion_id
)

select * from final
