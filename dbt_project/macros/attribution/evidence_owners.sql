{#
How strong a touch of a path is as evidence (domain rules, section 4: click link, vanity path, promo code, household, survey). What the household
alone ties is household evidence, whatever was clicked.
#}
{% macro evidence_rank(p='') -%}
    {%- set p = p ~ '.' if p else '' -%}
    case when {{ p }}is_household_only then {{ source_rank("'exposure'") }} else {{ p }}source_rank end
{%- endmacro %}

{# One row per conversion with a path: the touch that owns it, the strongest evidence and of one strength the last of the path. #}
{% macro evidence_owners(paths) %}
    select distinct on (p.tenant_id, p.conversion_id)
        p.tenant_id,
        p.conversion_id,
        p.touch_id as owner_touch_id,
        p.campaign_id as owner_campaign_id,
        p.placement_id as owner_placement_id,
        p.touch_kind as owner_touch_kind,
        p.is_household_only as is_owner_household_only
    from {{ paths }} as p
    order by p.tenant_id, p.conversion_id, {{ evidence_rank('p') }} desc, p.touch_at desc, p.source_rank desc, p.touch_id desc
{% endmacro %}
