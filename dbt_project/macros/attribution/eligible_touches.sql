{#
One row per conversion and eligible touch, with the touch (domain rules, section 5): of the same sponsor and goal, by a shared key, with
0 <= converted_at - touch_at <= window in exact seconds, after the same person's previous conversion of the kind.
`conversions` has previous_converted_at; `settings` one row a tenant. Keys: household hash, under the epoch of the touch (the window for a household or unknown
address, 24 h at most for a mobile one, no other class), and person; a code or a conversion's own link meets its conversion alone. In
the tail (`has_person_ids`) a conversion has `person_ids`, all that are one person by now.
The touch's columns go through the union, so that nothing is joined to its result: a union has no statistics, and a join to one is
planned for a single row. For the same reason the keys are tested for NULL by name.
`is_household_only`: nothing but the address ties the two, so that the click or path is somebody's of that home, and no proof of who bought.
#}
{% macro eligible_touches(conversions, touches, settings, has_person_ids=false) %}
    {%- for key in ['household_hash', 'person_id'] %}
    {%- set keys = 'h' if key == 'household_hash' else 'p' if has_person_ids else 'v' %}
    select {{ eligible_columns(has_person_ids) }}
    from {{ conversions }} as v
    {{ 'cross join lateral ' ~ household_pairs('v') ~ ' as h (household_hash, key_epoch)' if keys == 'h' }}
    {{ 'cross join lateral unnest(v.person_ids) as p (person_id)' if keys == 'p' }}
    inner join {{ settings }} as s on v.tenant_id = s.tenant_id
    inner join {{ touches }} as t
        on
            v.tenant_id = t.tenant_id
            and v.sponsor_id = t.sponsor_id
            and {{ keys }}.{{ key }} = t.{{ key }}
            {{ 'and h.key_epoch = t.key_epoch' if keys == 'h' }}
    where
        {{ 'p' if keys == 'p' else 'v' }}.{{ key }} is not null
        and t.{{ key }} is not null
        and t.own_conversion_id is null
        and t.goal_kind = v.conversion_kind
        and t.touch_at <= v.converted_at
        and t.touch_at >= v.converted_at
        - interval '1 second' * case when t.touch_kind = 'exposure' then s.exposure_window_s else s.click_window_s end
        and not (s.reset_path_on_conversion and coalesce(t.touch_at <= v.previous_converted_at, false))
        {%- if key == 'household_hash' %}
        and v.ip_class in ('household', 'unknown', 'mobile')
        and t.ip_class in ('household', 'unknown', 'mobile')
        and (
            (v.ip_class <> 'mobile' and t.ip_class <> 'mobile')
            or t.touch_at >= v.converted_at - interval '86400 seconds'
        )
        {%- endif %}
    union
    {%- endfor %}
    select {{ eligible_columns(has_person_ids) }}
    from {{ conversions }} as v
    inner join {{ touches }} as t on v.tenant_id = t.tenant_id and v.conversion_id = t.own_conversion_id
    where t.own_conversion_id is not null and t.goal_kind = v.conversion_kind
{% endmacro %}

{% macro eligible_columns(has_person_ids) -%}
    v.tenant_id, v.conversion_id, t.touch_id, t.campaign_id, t.placement_id, t.show_id, t.episode_guid, t.touch_kind, t.source_rank,
    t.touch_at, extract(epoch from v.converted_at - t.touch_at)::double precision as age_s,
    not coalesce(t.person_id = {{ 'any(v.person_ids)' if has_person_ids else 'v.person_id' }}, false)
    and not coalesce(v.conversion_id = t.own_conversion_id, false) as is_household_only
{%- endmacro %}
