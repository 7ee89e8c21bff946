{# How many bytes make a download (domain rules, section 1): the header and one minute of audio, the whole file where the
   duration is 60 s or less or unknown; NULL where the file's size is unknown. 48,000,000 B with a 600,000 B header and 3,000 s
   give 1,548,000 B. Multiplied before it is divided: numeric division rounds. #}
{% macro threshold_bytes(file_size, header_bytes, duration_s) -%}
case
    when {{ file_size }} is not null and {{ duration_s }} > 60
        then {{ header_bytes }} + ceil(60 * greatest({{ file_size }} - {{ header_bytes }}, 0) / {{ duration_s }})::bigint
    else {{ file_size }}
end
{%- endmacro %}
