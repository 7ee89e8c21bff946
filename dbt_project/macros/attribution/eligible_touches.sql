{#
One row per conversion and eligible touch (domain rules, section 5): of the same sponsor and goal, by a shared key, with
0 <= converted_at - touch_at <= window in exact seconds, after the same person's previous conversion of the kind.
`conversions` has previous_converted_at; `settings` one row a tenant. Keys: household hash (the window for a household or unknown
address, 24 h at most for a mobile one, no other class), browser, user; a code or a conversion's own link meets its conversion alone.
#}
{% macro eligible_touches(conversions, touches, settings) %}
    {%- set window -%}
        interval '1 second' * case when t.touch_kind = 'exposure' then s.exposure_window_s else s.click_window_s end
    {%- endset %}
    {%- set in_path -%}
        t.goal_kind = v.conversion_kind
        and t.own_conversion_id is null
        and t.touch_at <= v.converted_at
        and t.touch_at >= v.converted_at - {{ window }}
        and not (s.reset_path_on_conversion and coalesce(t.touch_at <= v.previous_converted_at, false))
    {%- endset %}
    select v.tenant_id, v.conversion_id, t.touch_id
    from {{ conversions }} as v
    inner join {{ settings }} as s on v.tenant_id = s.tenant_id
    inner join {{ touches }} as t
        on
            v.tenant_id = t.tenant_id and v.sponsor_id = t.sponsor_id
            and v.household_hash = t.household_hash and v.key_epoch = t.key_epoch
    where
        {{ in_path }}
        and v.ip_class in ('household', 'unknown', 'mobile')
        and t.ip_class in ('household', 'unknown', 'mobile')
        and (
            (v.ip_class <> 'mobile' and t.ip_class <> 'mobile')
            or t.touch_at >= v.converted_at - interval '86400 seconds'
        )
    union
    select v.tenant_id, v.conversion_id, t.touch_id
    from {{ conversions }} as v
    inner join {{ settings }} as s on v.tenant_id = s.tenant_id
    inner join {{ touches }} as t
        on v.tenant_id = t.tenant_id and v.sponsor_id = t.sponsor_id and v.anonymous_id = t.anonymous_id
    where
        {{ in_path }}
    union
    select v.tenant_id, v.conversion_id, t.touch_id
    from {{ conversions }} as v
    inner join {{ settings }} as s on v.tenant_id = s.tenant_id
    inner join {{ touches }} as t
        on v.tenant_id = t.tenant_id and v.sponsor_id = t.sponsor_id and v.user_id = t.user_id
    where
        {{ in_path }}
    union
    select v.tenant_id, v.conversion_id, t.touch_id
    from {{ conversions }} as v
    inner join {{ touches }} as t on v.tenant_id = t.tenant_id and v.conversion_id = t.own_conversion_id
    where t.goal_kind = v.conversion_kind
{% endmacro %}
