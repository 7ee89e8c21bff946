{# The moment that a build speaks of, the same in all its models; the variable of the same name sets it (tests, recounts). #}
{% macro build_as_of() -%}
{% if var('build_as_of', none) %}'{{ var('build_as_of') }}'::timestamptz{% else %}(select ops.build_as_of()){% endif %}
{%- endmacro %}
