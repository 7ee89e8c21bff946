{# One row per tenant: its attribution settings, or the defaults of domain rules, section 5. Position weights in parts per billion. #}
{% macro attribution_settings(tenants, settings) %}
    select
        t.tenant_id,
        coalesce(s.exposure_window_s, 2592000) as exposure_window_s,
        coalesce(s.click_window_s, 2592000) as click_window_s,
        coalesce(s.vanity_window_s, s.click_window_s, 2592000) as vanity_window_s,
        coalesce(s.code_grace_days, 90) as code_grace_days,
        -- NULL: conversions of every kind have the windows above.
        s.windows_by_kind,
        coalesce(s.half_life_s, 604800) as half_life_s,
        round(coalesce(s.position_first, 0.4) * 1000000000)::bigint as position_first_ppb,
        -- The middle takes what the other two leave, so that the three sum exactly.
        1000000000 - round(coalesce(s.position_first, 0.4) * 1000000000)::bigint
        - round(coalesce(s.position_last, 0.4) * 1000000000)::bigint as position_middle_ppb,
        round(coalesce(s.position_last, 0.4) * 1000000000)::bigint as position_last_ppb,
        coalesce(s.reset_path_on_conversion, true) as reset_path_on_conversion,
        coalesce(s.rate_max_age_days, 31) as rate_max_age_days,
        coalesce(s.identity_users_per_browser, 5) as identity_users_per_browser,
        coalesce(s.identity_browsers_per_user, 1000) as identity_browsers_per_user,
        coalesce(s.household_devices, 15) as household_devices,
        coalesce(s.household_devices_window_s, 604800) as household_devices_window_s,
        -- NULL: a score alone takes nothing out of the figures.
        s.fraud_exclude_score
    from {{ tenants }} as t
    left join {{ settings }} as s on t.tenant_id = s.tenant_id
{% endmacro %}

{#
The window, in seconds, of a touch of `touch_kind` before a conversion of a kind: the tenant's own for that kind, else for all. Where no
kind has its own, nothing is looked up: this is asked for each pair of a conversion and a touch.
#}
{% macro window_s(s, conversion_kind, touch_kind) -%}
    case
        when {{ s }}.windows_by_kind is not null then ops.window_of(
            {{ s }}.windows_by_kind, {{ conversion_kind }}, {{ touch_kind }} || '_window_s', {{ window_of_account_s(s, touch_kind) }}
        )
        else {{ window_of_account_s(s, touch_kind) }}
    end
{%- endmacro %}

{% macro window_of_account_s(s, touch_kind) -%}
    case {{ touch_kind }}
        when 'exposure' then {{ s }}.exposure_window_s
        when 'vanity' then coalesce({{ s }}.vanity_window_s, {{ s }}.click_window_s)
        -- None (domain rules, section 5): a hundred years.
        when 'survey' then 3153600000
        else {{ s }}.click_window_s
    end
{%- endmacro %}

{#
One row per promo code with the days it may be used: its own, and the tenant's grace after them (domain rules, sections 4 and 5), which is
that of the conversions that its campaign aims at.
#}
{% macro usable_promo_codes(codes, settings, campaigns) %}
    select
        c.tenant_id, c.code_id, c.campaign_id, c.placement_id, c.show_id, c.code_normalized, c.valid_from,
        c.valid_to + ops.window_of(s.windows_by_kind, g.goal_kind, 'code_grace_days', s.code_grace_days)::integer as usable_to
    from {{ codes }} as c
    inner join {{ settings }} as s on c.tenant_id = s.tenant_id
    inner join {{ campaigns }} as g on c.tenant_id = g.tenant_id and c.campaign_id = g.campaign_id
{% endmacro %}

{# One row per placement, with its vanity path as ops.url_path() writes paths. #}
{% macro campaign_placements(placements) %}
    select
        p.tenant_id, p.placement_id, p.campaign_id, p.show_id, p.position, p.insertion, p.flight_start, p.flight_end, p.price_model,
        p.price_minor, p.contracted_ads, p.share_rate,
        -- The root is everybody's landing page, nobody's vanity path.
        case when btrim(p.vanity_path, '/ ') <> '' then ops.url_path(btrim(p.vanity_path)) end as vanity_path
    from {{ placements }} as p
{% endmacro %}
