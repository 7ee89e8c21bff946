{# The median of an array of numbers; NULL of an empty one. Aggregates that order their values are no window functions. #}
{% macro median(values) -%}
(select percentile_cont(0.5) within group (order by v.v) from unnest({{ values }}) as v (v))
{%- endmacro %}
{# The median distance of an array's numbers from `middle`. #}
{% macro median_deviation(values, middle) -%}
(select percentile_cont(0.5) within group (order by abs(v.v - {{ middle }})) from unnest({{ values }}) as v (v))
{%- endmacro %}
