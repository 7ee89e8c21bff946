{# What a path carries of its conversion, as text: its own, where it inherits the path of an order. #}
{% macro carried_columns() -%}
    sponsor_id, credited_at, credited_kind, order_id, value_minor, currency, is_verified, is_fraud
{%- endmacro %}

{# What a path carries of its touches, as text. #}
{% macro touched_columns() -%}
    campaign_id, placement_id, show_id, episode_guid, touch_kind, is_household_only
{%- endmacro %}

{# A row of eligible_touches with `credited_id` as a row of a path. #}
{% macro credited_columns() -%}
    tenant_id, credited_id as conversion_id, touch_id, campaign_id, placement_id, show_id, episode_guid, touch_kind, source_rank,
    touch_at, is_household_only, {{ carried_columns() }}
{%- endmacro %}

{# One row without a touch per conversion, of the shape of credited_columns. #}
{% macro unattributed_paths(conversions) %}
    select
        tenant_id,
        conversion_id,
        null as touch_id,
        null as campaign_id,
        null as placement_id,
        null as show_id,
        null as episode_guid,
        null as touch_kind,
        null as source_rank,
        null as touch_at,
        false as is_household_only,
        sponsor_id,
        converted_at as credited_at,
        conversion_kind as credited_kind,
        order_id,
        value_minor,
        currency,
        is_verified,
        is_fraud
    from {{ conversions }}
{% endmacro %}

{#
One row per conversion and touch of its path, or one `unattributed` where it has none, with its credit under the five models (shape of
attribution_credits). `paths`: credited_columns, and unattributed_paths of every conversion. `settings`: one row a tenant.
#}
{% macro credits_of_paths(paths, settings) %}
    select
        c.tenant_id,
        c.conversion_id,
        coalesce(c.touch_id, {{ none_id() }}) as touch_id,
        c.sponsor_id,
        coalesce(c.campaign_id, {{ none_id() }}) as campaign_id,
        coalesce(c.placement_id, {{ none_id() }}) as placement_id,
        c.show_id,
        c.episode_guid,
        coalesce(c.touch_kind, 'unattributed') as touch_kind,
        c.touch_at,
        c.credited_at as converted_at,
        c.credited_kind as conversion_kind,
        case when c.touch_id is null then 0 else c.path_position end::integer as path_position,
        case when c.touch_id is null then 0 else c.path_length end::integer as path_length,
        c.order_id,
        c.value_minor,
        c.currency,
        {{ credited_shares('c', 'c.value_minor') }},
        c.is_verified,
        c.is_fraud,
        c.is_household_only,
        coalesce(c.precedence = c.best_precedence, false) as is_owner
    from ({{ path_shares(paths, settings, carried=(touched_columns() ~ ', ' ~ carried_columns()).split(', ')) }}) as c
    where c.touch_id is not null or c.path_position = 1
{% endmacro %}
