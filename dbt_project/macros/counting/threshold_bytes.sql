{# How many bytes make a download (domain rules, section 1): the header and one minute of audio, the whole file where the
   duration is no longer than that or unknown; NULL where the file's size is unknown. 48,000,000 B with a 600,000 B header and
   3,000 s give 1,548,000 B. Multiplied before it is divided: numeric division rounds. `seconds` is the setting `threshold_seconds`,
   the minute by default; at 0 any byte is enough. #}
{% macro threshold_bytes(file_size, header_bytes, duration_s, seconds='60') -%}
case
    when {{ seconds }} = 0 then 1
    when {{ file_size }} is not null and {{ duration_s }} > {{ seconds }}
        then {{ header_bytes }} + ceil({{ seconds }} * greatest({{ file_size }} - {{ header_bytes }}, 0) / {{ duration_s }})::bigint
    else {{ file_size }}
end
{%- endmacro %}
