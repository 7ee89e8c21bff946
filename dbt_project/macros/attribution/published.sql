{# The published table of a mart: a live view reads what readers read, never a candidate. Call it with ref(), for the lineage. #}
{% macro published(mart) -%}
    marts.{{ (mart | string).split('.')[-1] | replace('"', '') }}
{%- endmacro %}
