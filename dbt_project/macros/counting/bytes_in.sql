{# How many bytes a union of intervals holds. Nearly all are one interval, and of one it is the distance of its ends. #}
{% macro bytes_in(bytes_union) -%}
case
    when isempty({{ bytes_union }}) then 0
    when int8multirange(range_merge({{ bytes_union }})) = {{ bytes_union }} then upper({{ bytes_union }}) - lower({{ bytes_union }})
    else (select sum(upper(span) - lower(span))::bigint from unnest({{ bytes_union }}) as span)
end
{%- endmacro %}
