{#
One row per conversion and eligible touch, with the touch (domain rules, section 5): of the same sponsor and goal, by a shared key, with
0 <= converted_at - touch_at <= window in exact seconds, after the same person's previous conversion of the kind.
`conversions` has previous_converted_at; `settings` one row a tenant. Keys: household hash, under the epoch of the touch (the window for a household or unknown
address, 24 h at most for a mobile one, no other class), and person; a code or a conversion's own link meets its conversion alone. In
the tail (`has_person_ids`) a conversion has `person_ids`, all that are one person by now.
The hash under the conversion's own epoch is apart from those under the other live ones: few have any, and the planner knows its
statistics. The four ways leave each other's pairs out, so that nothing is sorted to find doubles. The touch's columns, and those of the conversion
that are `carried`, go along, so that nothing is joined to the result, which the planner knows too little of.
`is_household_only`: nothing but the address ties the two, so that the click or path is somebody's of that home, and no proof of who bought.
#}
{% macro eligible_touches(conversions, touches, settings, has_person_ids=false, carried=[]) %}
    {%- for key in ['own_hash', 'other_hash', 'person'] %}
    select {{ eligible_columns(has_person_ids, carried) }}
    from {{ conversions }} as v
    {{ 'cross join lateral ' ~ household_pairs('v') ~ ' as h (household_hash, key_epoch)' if key == 'other_hash' }}
    {{ 'cross join lateral unnest(v.person_ids) as p (person_id)' if key == 'person' and has_person_ids }}
    inner join {{ settings }} as s on v.tenant_id = s.tenant_id
    inner join {{ touches }} as t
        on
            v.tenant_id = t.tenant_id
            and v.sponsor_id = t.sponsor_id
            {%- if key == 'own_hash' %}
            and v.household_hash = t.household_hash
            and v.key_epoch = t.key_epoch
            {%- elif key == 'other_hash' %}
            and h.household_hash = t.household_hash
            and h.key_epoch = t.key_epoch
            {%- else %}
            and {{ 'p' if has_person_ids else 'v' }}.person_id = t.person_id
            {%- endif %}
    where
        t.own_conversion_id is null
        and t.goal_kind = v.conversion_kind
        and t.touch_at <= v.converted_at
        and t.touch_at >= v.converted_at
        - interval '1 second' * {{ window_s('s', 'v.conversion_kind', 't.touch_kind') }}
        and not (s.reset_path_on_conversion and coalesce(t.touch_at <= v.previous_converted_at, false))
        {%- if key == 'own_hash' %}
        and v.household_hash is not null
        and t.household_hash is not null
        and {{ household_classes_match() }}
        {%- elif key == 'other_hash' %}
        and cardinality(v.household_hashes) > 0
        and v.household_hash is not null
        and t.household_hash is not null
        and (h.household_hash, h.key_epoch) is distinct from (v.household_hash, v.key_epoch)
        and {{ household_classes_match() }}
        {%- else %}
        and {{ 'p' if has_person_ids else 'v' }}.person_id is not null
        and t.person_id is not null
        and not coalesce(
            {{ household_classes_match() }}
            and (
                (t.household_hash = v.household_hash and t.key_epoch = v.key_epoch)
                or exists (
                    select from {{ household_pairs('v') }} as h (household_hash, key_epoch)
                    where h.household_hash = t.household_hash and h.key_epoch = t.key_epoch
                )
            ), false
        )
        {%- endif %}
    union all
    {%- endfor %}
    select {{ eligible_columns(has_person_ids, carried) }}
    from {{ conversions }} as v
    inner join {{ settings }} as s on v.tenant_id = s.tenant_id
    inner join {{ touches }} as t on v.tenant_id = t.tenant_id and v.conversion_id = t.own_conversion_id
    -- An order that is reported twice may have its link in a report of another time: what came after it led nobody to it.
    where
        t.own_conversion_id is not null
        and t.goal_kind = v.conversion_kind
        and t.touch_at <= v.converted_at
        and t.touch_at >= v.converted_at
        - interval '1 second' * {{ window_s('s', 'v.conversion_kind', 't.touch_kind') }}
{% endmacro %}

{% macro household_classes_match() -%}
    v.ip_class in ('household', 'unknown', 'mobile')
    and t.ip_class in ('household', 'unknown', 'mobile')
    and (
        (v.ip_class <> 'mobile' and t.ip_class <> 'mobile')
        or t.touch_at >= v.converted_at - interval '86400 seconds'
    )
{%- endmacro %}

{% macro eligible_columns(has_person_ids, carried) -%}
    v.tenant_id, v.conversion_id, t.touch_id, t.campaign_id, t.placement_id, t.show_id, t.episode_guid, t.touch_kind, t.source_rank,
    t.touch_at,
    not coalesce(t.person_id = {{ 'any(v.person_ids)' if has_person_ids else 'v.person_id' }}, false)
    and not coalesce(v.conversion_id = t.own_conversion_id, false) as is_household_only
    {%- for column in carried %}, v.{{ column }}{% endfor %}
{%- endmacro %}
