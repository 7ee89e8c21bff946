{# Rates of a return (domain rules, section 6): NULL where nothing was spent, not 0 and not infinity. #}

{# (revenue x margin - spend) / spend #}
{% macro return_on(revenue, margin, spend) -%}
    ({{ revenue }} * {{ margin }} - {{ spend }})::double precision / nullif(greatest({{ spend }}, 0), 0)
{%- endmacro %}

{# revenue / spend #}
{% macro revenue_on(revenue, spend) -%}
    {{ revenue }}::double precision / nullif(greatest({{ spend }}, 0), 0)
{%- endmacro %}

{# spend / what it brought, of which `parts_per_billion` are counted; NULL where it brought nothing. #}
{% macro cost_of(spend, parts_per_billion) -%}
    {{ spend }} * 1000000000::double precision / nullif({{ parts_per_billion }}, 0)
{%- endmacro %}
