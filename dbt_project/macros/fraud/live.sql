{# Decisions that are in force now. #}
{% macro decisions_in_force(decisions) %}
    select d.* from {{ decisions }} as d
    where d.withdrawn_at is null
{% endmacro %}

{#
One row per built conversion, refunds too, that a decision entered or taken back since the last published build turns round, with
`is_fraud` as it is now. `conversions`: attribution_conversions; `scores`: conversion_fraud; `decisions`: app.fraud_decisions, all;
`in_force`: those in force now; `settings`: attribution_settings; all of them as readers see them.
#}
{% macro fraud_turned(conversions, scores, decisions, in_force, settings) %}
    with

    news as materialized (
        select d.* from {{ decisions }} as d
        where greatest(d.xact, coalesce(d.withdrawn_xact, d.xact)) >= coalesce(
            (
                select b.to_xact from marts.builds as b
                order by b.published_at desc limit 1
            ),
            '0'
        )
    ),

    covered as (
        {{ fraud_decided(conversions, 'news') }}
    ),

    sales as materialized (
        select v.*
        from covered as c
        inner join {{ conversions }} as v on c.tenant_id = v.tenant_id and c.conversion_id = v.conversion_id
    ),

    ruling as (
        {{ fraud_decided('sales', in_force) }}
    ),

    judged as (
        select
            v.tenant_id,
            v.conversion_id,
            v.is_fraud as was_fraud,
            coalesce(r.verdict = 'fraud', f.score >= s.fraud_exclude_score, false) as is_fraud
        from sales as v
        inner join {{ settings }} as s on v.tenant_id = s.tenant_id
        left join {{ scores }} as f on v.tenant_id = f.tenant_id and v.conversion_id = f.conversion_id
        left join ruling as r on v.tenant_id = r.tenant_id and v.conversion_id = r.conversion_id
    )

    select v.tenant_id, v.conversion_id, j.is_fraud
    from judged as j
    inner join {{ conversions }} as v on j.tenant_id = v.tenant_id and j.conversion_id = v.conversion_id
    where j.was_fraud <> j.is_fraud
    union all
    select v.tenant_id, v.conversion_id, j.is_fraud
    from judged as j
    inner join {{ conversions }} as v on j.tenant_id = v.tenant_id and j.conversion_id = v.origin_conversion_id
    where j.was_fraud <> j.is_fraud
{% endmacro %}
