{# The bytes that one request was sent, as an int8range [first, last]; NULL where the log cannot say (domain rules, section 1).
   A 200 sends the file from its start whatever was asked; a 206 sends what was asked, cut to what was sent. A multi-range or an
   unreadable Range says nothing of which bytes went out, so it proves none. `file_size` may be NULL. #}
{% macro served_bytes(status, range_start, range_end, range_suffix, bytes_sent, file_size) -%}
    (
        select case when edge.last_byte >= edge.first_byte then int8range(edge.first_byte, edge.last_byte, '[]') end
        from (
            select
                start.first_byte,
                -- least() passes over what is unknown.
                least(
                    start.first_byte + {{ bytes_sent }} - 1,
                    case when {{ status }} = 206 and {{ range_start }} is not null then {{ range_end }} end,
                    {{ file_size }} - 1
                ) as last_byte
            from (
                select
                    case
                        when {{ status }} = 200 then 0
                        when {{ range_start }} is not null then {{ range_start }}
                        when {{ range_suffix }} is not null and {{ file_size }} is not null
                            then greatest({{ file_size }} - {{ range_suffix }}, 0)
                    end as first_byte
            ) as start
        ) as edge
    )
{%- endmacro %}
