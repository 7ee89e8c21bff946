{# One row per tenant: its attribution settings, or the defaults of domain rules, section 5. Position weights in parts per billion. #}
{% macro attribution_settings(tenants, settings) %}
    select
        t.tenant_id,
        coalesce(s.exposure_window_s, 2592000) as exposure_window_s,
        coalesce(s.click_window_s, 2592000) as click_window_s,
        coalesce(s.code_grace_days, 90) as code_grace_days,
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
        -- NULL: a score alone takes nothing out of the figures.
        s.fraud_exclude_score
    from {{ tenants }} as t
    left join {{ settings }} as s on t.tenant_id = s.tenant_id
{% endmacro %}

{# One row per promo code with the days it may be used: its own, and the tenant's grace after them (domain rules, sections 4 and 5). #}
{% macro usable_promo_codes(codes, settings) %}
    select
        c.tenant_id, c.code_id, c.campaign_id, c.placement_id, c.show_id, c.code_normalized, c.valid_from,
        c.valid_to + s.code_grace_days as usable_to
    from {{ codes }} as c
    inner join {{ settings }} as s on c.tenant_id = s.tenant_id
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
