{# When the same person last converted before each of `conversions`, among `others` (see int_conversions); NULL where never. #}
{% macro previous_conversion_at(v, others) -%}
    (
        select max(o.converted_at) from (
            {%- for key in ['person_id', 'household_hash'] %}
                select max(b.converted_at) as converted_at
                from {{ others }} as b
                {{ 'inner join ' ~ household_pairs(v) ~ ' as h (household_hash, key_epoch) on b.household_hash = h.household_hash'
                    if key == 'household_hash' }}
                where
                    b.tenant_id = {{ v }}.tenant_id and b.sponsor_id = {{ v }}.sponsor_id
                    and b.conversion_kind = {{ v }}.conversion_kind
                    {% if key == 'household_hash' -%}
                        and b.key_epoch = h.key_epoch
                        and b.ip_class in ('household', 'unknown') and {{ v }}.ip_class in ('household', 'unknown')
                    {%- else -%}
                        and b.person_id = any({{ v }}.person_ids)
                    {%- endif %}
                    and (b.converted_at, b.conversion_id) < ({{ v }}.converted_at, {{ v }}.conversion_id)
                {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as o
    )
{%- endmacro %}
