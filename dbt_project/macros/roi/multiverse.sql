{#
The universes that a return is told in (docs/metrics.md, The multiverse): a window of every kind of touch, and all matches or only those
of household grade. Each has its bit.
#}
{% macro multiverse_universes() -%}
    {{ return([
        {'bit': 1, 'window_days': 7, 'window_s': 604800, 'ip_classes': 'all'},
        {'bit': 2, 'window_days': 14, 'window_s': 1209600, 'ip_classes': 'all'},
        {'bit': 4, 'window_days': 30, 'window_s': 2592000, 'ip_classes': 'all'},
        {'bit': 8, 'window_days': 60, 'window_s': 5184000, 'ip_classes': 'all'},
        {'bit': 16, 'window_days': 7, 'window_s': 604800, 'ip_classes': 'household'},
        {'bit': 32, 'window_days': 14, 'window_s': 1209600, 'ip_classes': 'household'},
        {'bit': 64, 'window_days': 30, 'window_s': 2592000, 'ip_classes': 'household'},
        {'bit': 128, 'window_days': 60, 'window_s': 5184000, 'ip_classes': 'household'},
    ]) }}
{%- endmacro %}

{# The widest of these windows, in seconds. #}
{% macro widest_window_s() -%} 5184000::bigint {%- endmacro %}
