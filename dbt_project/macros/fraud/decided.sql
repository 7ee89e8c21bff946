{#
One row per conversion that a decision in force covers, with the one that rules it: one on the conversion itself stands before one on
a set, and of the same kind the last. `conversions`: tenant_id, conversion_id, converted_at, promo_codes, anonymous_id (no refunds: a
refund follows its order). `decisions`: app.fraud_decisions, those in force.
#}
{% macro fraud_decided(conversions, decisions) %}
    select distinct on (m.tenant_id, m.conversion_id)
        m.tenant_id,
        m.conversion_id,
        m.decision_id,
        m.verdict,
        m.scope,
        m.reason,
        m.decided_by_name,
        m.created_at
    from (
        {%- for scope, key in [
            ('conversion', 'v.conversion_id = d.conversion_id'),
            ('code', 'd.code_normalized = any(v.promo_codes)'),
            ('device', 'v.anonymous_id = d.anonymous_id'),
        ] %}
        select v.tenant_id, v.conversion_id, d.decision_id, d.verdict, d.scope, d.reason, d.decided_by_name, d.created_at
        from {{ decisions }} as d
        inner join {{ conversions }} as v on d.tenant_id = v.tenant_id and {{ key }}
        where d.scope = '{{ scope }}' and v.converted_at >= d.from_at and v.converted_at < d.to_at
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as m
    order by m.tenant_id, m.conversion_id, m.scope = 'conversion' desc, m.created_at desc, m.decision_id desc
{% endmacro %}
