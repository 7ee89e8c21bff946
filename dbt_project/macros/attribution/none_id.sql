{# Stands for "none" in a key column. #}
{% macro none_id() -%} '00000000-0000-0000-0000-000000000000'::uuid {%- endmacro %}

{# A stable identifier from a kind and the parts of a key, parted so that no two keys run together. #}
{% macro stable_id(kind, parts) -%}
    md5('{{ kind }}' {%- for part in parts %} || '|' || {{ part }}{% endfor -%})::uuid
{%- endmacro %}

{# The models of domain rules, section 5, that every conversion is credited under. #}
{% macro attribution_models() -%}
    {{ return(['first_touch', 'last_touch', 'linear', 'time_decay', 'position_based']) }}
{%- endmacro %}
