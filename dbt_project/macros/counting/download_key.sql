{# The key of a download (domain rules, section 1): who, with which agent, which episode; NULL without an episode.
   The parts are free text, so they are joined by a control character that neither XML nor HTTP lets through. #}
{% macro download_key(tenant_id, show_id, episode_guid, household_hash, user_agent) -%}
md5(
    {{ tenant_id }}::text || chr(31) || {{ show_id }}::text || chr(31) || {{ episode_guid }}
    || chr(31) || encode({{ household_hash }}, 'hex') || chr(31) || {{ user_agent }}
)::uuid
{%- endmacro %}
