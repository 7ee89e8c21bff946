{{ config(indexes=[{'columns': ['tenant_id', 'conversion_id', 'touch_id'], 'unique': True}], post_hook='analyze {{ this }}') }}

with

paths as (
    select * from {{ ref('attribution_credits') }}
    where path_position > 0
),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

tenants as (select * from {{ ref('stg_campaigns__tenants') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

attribution_values as (select * from {{ ref('attribution_values') }}),

-- A conversion that counts in several currencies is split once in each, over its whole path; of each split the touches of the
-- campaigns in that currency take their part.
valuations as (
    select
        a.*,
        a.conversion_id as own_conversion_id,
        {{ stable_id('valuation', ['a.conversion_id', 'a.currency']) }} as valuation_id
    from attribution_values as a
),

valued as (
    select
        tenant_id,
        valuation_id as conversion_id,
        value_minor
    from valuations
    where value_minor is not null
),

valued_paths as (
    select
        p.tenant_id,
        v.valuation_id as conversion_id,
        p.touch_id,
        p.touch_at,
        {{ source_rank('p.touch_kind') }} as source_rank
    from paths as p
    inner join valuations as v on p.tenant_id = v.tenant_id and p.conversion_id = v.own_conversion_id
    where v.value_minor is not null
),

credits as (
    {{ path_credits('valued_paths', 'valued', 'settings') }}
),

touched as (
    select
        v.*,
        p.touch_id,
        p.campaign_id
    from valuations as v
    inner join paths as p on v.tenant_id = p.tenant_id and v.own_conversion_id = p.conversion_id
    inner join campaigns as c on p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id and v.currency = c.currency
),

untouched as (
    select
        v.*,
        {{ none_id() }} as touch_id,
        {{ none_id() }} as campaign_id
    from valuations as v
    inner join tenants as t on v.tenant_id = t.tenant_id and v.currency = t.currency
    where
        not exists (
            select 1 from paths as p
            where p.tenant_id = v.tenant_id and p.conversion_id = v.own_conversion_id
        )
),

credited as (
    select * from touched
    union all
    select * from untouched
),

final as (
    select
        v.tenant_id,
        v.own_conversion_id as conversion_id,
        v.touch_id,
        v.campaign_id,
        v.currency,
        v.from_currency,
        v.value_minor,
        v.exchange_rate,
        v.rate_date,
        {%- for model in attribution_models() %}
        coalesce(c.{{ model }}_minor, v.value_minor) as {{ model }}_minor,
        {%- endfor %}
        v.via_currency
    from credited as v
    left join credits as c on v.tenant_id = c.tenant_id and v.valuation_id = c.conversion_id and v.touch_id = c.touch_id
)

select * from final
