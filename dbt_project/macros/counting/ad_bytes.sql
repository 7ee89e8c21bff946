{# Where an ad lies in the file, as an int8range [first, end) (domain rules, section 1, "Ad delivered"): audio bytes are spread
   evenly over the duration, after the header. Rounded outwards, so that no byte of the ad is left out, and cut to the file. NULL
   where the size or the duration is unknown, or where the ad would lie behind the file's end: nothing can be shown of it then.
   Multiplied before it is divided: numeric division rounds. #}
{% macro ad_bytes(ad_start_s, ad_end_s, file_size, header_bytes, duration_s) -%}
    (
        select case when span.first_byte < span.end_byte then int8range(span.first_byte, span.end_byte) end
        from (
            select
                {{ header_bytes }}
                + floor({{ ad_start_s }} * ({{ file_size }} - {{ header_bytes }}) / {{ duration_s }})::bigint as first_byte,
                least(
                    {{ header_bytes }}
                    + ceil({{ ad_end_s }} * ({{ file_size }} - {{ header_bytes }}) / {{ duration_s }})::bigint,
                    {{ file_size }}
                ) as end_byte
            where {{ file_size }} > {{ header_bytes }} and {{ duration_s }} > 0
        ) as span
    )
{%- endmacro %}
