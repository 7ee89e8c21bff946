{# For the one transaction of a model: room for its sorts and hashes (`counting_work_mem`), whatever the server gives to everybody.
   A full build joins whole tables: a CTE has no statistics, and one that the planner takes for a single row it would join by nested
   loops (200,000 requests took more than 10 minutes so, and 3 s without). An incremental one looks up what it touches, and a read of
   one page here and there costs little more than one in order where the pages are in memory or on a solid disk. #}
{% macro counting_session() -%}
set local work_mem = '{{ var("counting_work_mem", "128MB") }}';
{% if is_incremental() %}
set local random_page_cost = 1.1
{%- else %}
set local enable_nestloop = off
{%- endif %}
{%- endmacro %}
