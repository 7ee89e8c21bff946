{#
Addresses of too many devices (domain rules, section 5; decision 0052): what bears a key of crowded_households has the class `crowded`,
which no household match takes. Other classes are none anyway, or have a rule of their own.
#}

{# The class of `r` where its address stands for a household, unless `is_crowded` says that it is one of many. #}
{% macro class_in_crowd(r, is_crowded) -%}
    case when {{ r }}.ip_class in ('household', 'unknown') and {{ is_crowded }} then 'crowded' else {{ r }}.ip_class end
{%- endmacro %}

{# Whether a conversion's address is crowded: all of its keys are hashes of the one. #}
{% macro has_crowded_key(v, crowded) -%}
    exists (
        select from {{ household_pairs(v) }} as h (household_hash, key_epoch)
        inner join {{ crowded }} as k
            on k.tenant_id = {{ v }}.tenant_id and h.key_epoch = k.key_epoch and h.household_hash = k.household_hash
    )
{%- endmacro %}

{# A touch has the key of its own epoch alone. #}
{% macro join_crowded(t, crowded) -%}
    left join {{ crowded }} as k
        on {{ t }}.tenant_id = k.tenant_id and {{ t }}.key_epoch = k.key_epoch and {{ t }}.household_hash = k.household_hash
{%- endmacro %}
