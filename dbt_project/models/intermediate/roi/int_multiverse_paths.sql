-- One row per touch of a path of the multiverse. Windows nest, and the household-grade touches are some of all: so of the eight
-- universes (windows x IP classes) of a conversion most have the same path, told by its number of touches. Each path is kept once,
-- with the universes that it stands in as bits (multiverse_universes()), and credited once. `valuation_id` is one conversion, or a
-- refund of it, with one of its paths, in one currency that a campaign of the path counts in.
-- Joined in the order written: the planner would pair every conversion with every campaign of its tenant first.
{{ config(pre_hook=["{{ hash_joins_only() }}", "set local join_collapse_limit = 1"]) }}

with

touches as (
    select
        p.*,
        t.touch_kind,
        c.currency as campaign_currency,
        -- A survey answer has no window: it stands in all universes.
        case
            when t.touch_kind = 'survey' then 0 else extract(epoch from p.converted_at - p.touch_at)::double precision
        end as age_s,
        -- Household-grade: proven by more than the address, or the address is a household's at both ends.
        not p.is_household_only or (t.ip_class = 'household' and p.ip_class = 'household') as is_household_grade
    from {{ ref('int_multiverse_touches') }} as p
    inner join {{ ref('int_touches') }} as t on p.tenant_id = t.tenant_id and p.touch_id = t.touch_id
    inner join {{ ref('stg_campaigns__campaigns') }} as c on p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id
),

counted as (
    select
        tenant_id,
        {%- for universe in multiverse_universes() %}
        count(*) filter (
            where age_s <= {{ universe.window_s }}{{ ' and is_household_grade' if universe.ip_classes == 'household' }}
        ) as {{ universe.ip_classes }}_{{ universe.window_days }},
        {%- endfor %}
        conversion_id
    from touches
    group by tenant_id, conversion_id
),

paths as (
    select
        c.tenant_id,
        c.conversion_id,
        u.is_household_path,
        min(u.window_s) as window_s,
        bit_or(u.universe) as universes
    from counted as c
    cross join
        lateral (
            values
            {%- for universe in multiverse_universes() %}
            (
                {{ universe.bit }},
                {{ universe.window_s }},
                c.{{ universe.ip_classes }}_{{ universe.window_days }},
                c.{{ universe.ip_classes }}_{{ universe.window_days }} < c.all_{{ universe.window_days }}
            ){{ ',' if not loop.last }}
            {%- endfor %}
        ) as u (universe, window_s, touch_count, is_household_path)
    where u.touch_count > 0
    group by c.tenant_id, c.conversion_id, u.is_household_path, u.touch_count
),

currencies as (
    select distinct
        tenant_id,
        conversion_id,
        campaign_currency
    from touches
),

fraud as (
    select
        tenant_id,
        conversion_id
    from {{ ref('conversion_fraud') }}
    where is_fraud
),

-- A refund has the paths of its order, and stands apart with it.
valuations as (
    select
        v.tenant_id,
        row_number() over (partition by v.tenant_id) as valuation_id,
        p.conversion_id as path_conversion_id,
        p.is_household_path,
        p.window_s,
        p.universes,
        k.campaign_currency,
        v.conversion_kind = 'refund' as is_refund,
        case when v.currency = k.campaign_currency then v.value_minor else a.value_minor end as value_minor
    from {{ ref('int_conversions') }} as v
    inner join paths as p on v.tenant_id = p.tenant_id and coalesce(v.origin_conversion_id, v.conversion_id) = p.conversion_id
    inner join currencies as k on p.tenant_id = k.tenant_id and p.conversion_id = k.conversion_id
    left join {{ ref('attribution_values') }} as a
        on v.tenant_id = a.tenant_id and v.conversion_id = a.conversion_id and k.campaign_currency = a.currency
    left join fraud as f on p.tenant_id = f.tenant_id and p.conversion_id = f.conversion_id
    where f.conversion_id is null
)

select
    v.tenant_id,
    v.valuation_id,
    t.touch_id,
    t.campaign_id,
    t.placement_id,
    t.touch_kind,
    t.touch_at,
    t.source_rank,
    -- Of the order, for its refunds too.
    t.converted_at,
    v.universes,
    v.is_refund,
    t.campaign_currency = v.campaign_currency as is_counted,
    -- Without a rate the conversion counts and its value does not.
    coalesce(v.value_minor, 0) as value_minor
from valuations as v
inner join touches as t on v.tenant_id = t.tenant_id and v.path_conversion_id = t.conversion_id
where t.age_s <= v.window_s and (t.is_household_grade or not v.is_household_path)
