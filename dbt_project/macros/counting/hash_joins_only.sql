{# For the one transaction of a model: a CTE has no statistics, and one that the planner takes for a single row it joins by nested
   loops; 200,000 requests took more than 10 minutes so, and 3 s without. #}
{% macro hash_joins_only() -%}
set local enable_nestloop = off
{%- endmacro %}
