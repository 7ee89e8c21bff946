-- One row per campaign and model: attributed conversions whose buyer is not known to have bought before, in parts per billion.
-- Neither a refund nor fraud is one.
with

firsts as (
    select
        tenant_id,
        conversion_id
    from {{ ref('attribution_conversions') }}
    where origin_conversion_id is null and previous_converted_at is null and not is_fraud
),

credits as (select * from {{ ref('attribution_credits') }}),

custom_credits as (select * from {{ ref('attribution_custom_credits') }}),

summed as (
    select
        c.tenant_id,
        {%- for model in attribution_models() %}
        sum(c.{{ model }}_ppb)::bigint as {{ model }},
        {%- endfor %}
        c.campaign_id
    from credits as c
    inner join firsts as f on c.tenant_id = f.tenant_id and c.conversion_id = f.conversion_id
    group by c.tenant_id, c.campaign_id
),

final as (
    select
        s.tenant_id,
        s.campaign_id,
        m.model,
        m.new_customers_ppb
    from summed as s
    cross join
        lateral (
            values
            {%- for model in attribution_models() %}
            ('{{ model }}', s.{{ model }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as m (model, new_customers_ppb)  -- noqa: RF04
    union all
    select
        c.tenant_id,
        c.campaign_id,
        'custom:' || c.model_id as model,  -- noqa: RF04
        sum(c.weight_ppb)::bigint as new_customers_ppb
    from custom_credits as c
    inner join firsts as f on c.tenant_id = f.tenant_id and c.conversion_id = f.conversion_id
    group by c.tenant_id, c.campaign_id, c.model_id
)

select * from final
