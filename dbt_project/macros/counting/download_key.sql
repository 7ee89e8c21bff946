{# The key of a download (domain rules, section 1): who, with which agent, which episode, through which source; NULL without an
   episode. Parts of a fixed length come first, the free texts are joined by a control character that neither XML nor HTTP lets
   through. `referer` is one more part where the tenant's rules say so, else the empty text. #}
{% macro download_key(tenant_id, source, show_id, episode_guid, household_hash, user_agent, referer) -%}
md5(
    {{ household_hash }} || uuid_send({{ show_id }}) || int4send({{ tenant_id }})
    || convert_to({{ source }} || chr(31) || {{ episode_guid }} || chr(31) || {{ user_agent }} || {{ referer }}, 'UTF8')
)::uuid
{%- endmacro %}
