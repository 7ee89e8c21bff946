{# The bytes that one request was sent, as an int8range [first, last]; NULL where the log cannot say (domain rules, section 1).
   A 200 sends the file from its start whatever was asked; a 206 sends what was asked, cut to what was sent. A multi-range or an
   unreadable Range says nothing of which bytes went out, so it proves none. `file_size` may be NULL. Plain expressions, no
   sub-select: one of those costs as much as all the rest. #}
{% macro served_bytes(status, range_start, range_end, range_suffix, bytes_sent, file_size) -%}
{%- set first_byte -%}
case
    when {{ status }} = 200 then 0
    when {{ range_start }} is not null then {{ range_start }}
    when {{ range_suffix }} is not null and {{ file_size }} is not null then greatest({{ file_size }} - {{ range_suffix }}, 0)
end
{%- endset -%}
{#- least() passes over what is unknown. -#}
{%- set last_byte -%}
least(
    {{ first_byte }} + {{ bytes_sent }} - 1,
    case when {{ status }} = 206 and {{ range_start }} is not null then {{ range_end }} end,
    {{ file_size }} - 1
)
{%- endset -%}
case when {{ last_byte }} >= {{ first_byte }} then int8range({{ first_byte }}, {{ last_byte }}, '[]') end
{%- endmacro %}
