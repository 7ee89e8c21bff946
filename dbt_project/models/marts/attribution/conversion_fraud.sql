{{ config(indexes=[{'columns': ['tenant_id', 'conversion_id'], 'unique': True}], post_hook='analyze {{ this }}') }}

with

conversions as (
    select * from {{ ref('int_conversions') }}
    where origin_conversion_id is null
),

signals as (select * from {{ ref('int_conversion_signals') }}),

decisions as (select * from {{ ref('stg_campaigns__fraud_decisions') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

decided as (
    {{ fraud_decided('conversions', 'decisions') }}
),

-- Each reason takes away its part of what the others leave of innocence.
scored as (
    select
        s.tenant_id,
        s.conversion_id,
        1
        {%- for reason in fraud_reasons() %}
        * case when {{ fraud_fires(reason, 's.' ~ reason) }} then 1 - {{ fraud_rule(reason, 'weight') }} else 1 end
        {%- endfor %} as innocence,
        to_jsonb(array_remove(array[
            {%- for reason in fraud_reasons() %}
            case when {{ fraud_fires(reason, 's.' ~ reason) }} then jsonb_build_object(
                'reason', '{{ reason }}', 'measured', s.{{ reason }}, 'threshold', {{ fraud_rule(reason, 'threshold') }},
                'weight', {{ fraud_rule(reason, 'weight') }}
            ) end{{ ',' if not loop.last }}
            {%- endfor %}
        ], null)) as reasons,
        array_remove(array[
            {%- for reason in fraud_reasons() %}
            case when s.{{ reason }} is null then '{{ reason }}' end{{ ',' if not loop.last }}
            {%- endfor %}
        ], null) as not_judged
    from signals as s
),

-- Where no rule could judge there is no score.
rounded as (
    select
        tenant_id,
        conversion_id,
        reasons,
        to_jsonb(not_judged) as not_judged,
        case
            when cardinality(not_judged) < {{ fraud_reasons() | length }} then round(1 - innocence, 4)::double precision
        end as score
    from scored
),

final as (
    select
        v.tenant_id,
        v.conversion_id,
        v.sponsor_id,
        v.site_id,
        v.conversion_kind,
        v.converted_at,
        v.value_minor,
        v.currency,
        s.score,
        coalesce(s.score >= {{ var('fraud_suspect_score') }}, false) as is_suspect,
        s.reasons,
        s.not_judged,
        '{{ var('fraud_rules_version') }}'::text as rules_version,
        coalesce(d.verdict = 'fraud', s.score >= t.fraud_exclude_score, false) as is_fraud,
        case
            when d.decision_id is not null then 'decision'
            when s.score >= t.fraud_exclude_score then 'score'
        end as decided_by,
        d.decision_id,
        d.verdict as decided_verdict,
        d.scope as decided_scope
    from conversions as v
    inner join rounded as s on v.tenant_id = s.tenant_id and v.conversion_id = s.conversion_id
    inner join settings as t on v.tenant_id = t.tenant_id
    left join decided as d on v.tenant_id = d.tenant_id and v.conversion_id = d.conversion_id
)

select * from final
