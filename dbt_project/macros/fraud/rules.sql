{# The reasons of the fraud score, as dbt_project.yml names them with their numbers and int_conversion_signals measures them. #}
{% macro fraud_reasons() -%} {{ return(var('fraud_rules') | list) }} {%- endmacro %}

{# A number of one rule. #}
{% macro fraud_rule(rule, name) -%} {{ return(var('fraud_rules')[rule][name]) }} {%- endmacro %}

{# The rule's window as an interval. #}
{% macro fraud_window(rule) -%} interval '{{ fraud_rule(rule, 'window_s') }} seconds' {%- endmacro %}

{# Whether a rule fires; NULL where its inputs are missing. #}
{% macro fraud_fires(rule, measured) -%}
    {{ measured }} {{ '>=' if fraud_rule(rule, 'fires') == 'above' else '<=' }} {{ fraud_rule(rule, 'threshold') }}
{%- endmacro %}
