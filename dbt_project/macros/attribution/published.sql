{# The published table of a mart: a live view reads what readers read, never a candidate. Call it with ref(), for the lineage. #}
{% macro published(mart) -%}
    {{ return(api.Relation.create(database=mart.database, schema='marts', identifier=mart.identifier)) }}
{%- endmacro %}
