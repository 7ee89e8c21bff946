{# The stable identifier of a download: its key, the kind of window and the window's first request. #}
{% macro download_id(download_key, counting_window, opened_at) -%}
md5({{ download_key }}::text || {{ counting_window }} || extract(epoch from {{ opened_at }})::text)::uuid
{%- endmacro %}
