{# The columns of a touch in their order, behind which models put who the person is. #}
{% macro touch_columns() -%}
    tenant_id, touch_id, sponsor_id, campaign_id, placement_id, show_id, episode_guid, touch_kind, source_rank, touch_at, household_hash,
    key_epoch, ip_class, anonymous_id, user_id, own_conversion_id, goal_kind
{%- endmacro %}

{#
The order of touches at one instant, and, reversed, the strength of evidence (domain rules, section 4): click link, vanity path, promo
code, household exposure, survey. The strongest comes last, so that it is also the last touch.
#}
{% macro source_rank(touch_kind) -%}
    case {{ touch_kind }} when 'survey' then 5 when 'exposure' then 10 when 'code' then 20 when 'vanity' then 30 when 'click' then 40 end
{%- endmacro %}

{#
One row per visit that names its campaign: a page view, click or conversion whose utm_campaign is that of a campaign of the site's
sponsor (`click`), or a page view of a placement's vanity path (`vanity`); one touch an event, the stronger evidence. A conversion's
own utm_campaign credits that conversion alone.
#}
{% macro event_touches(events, campaigns, placements, crowded) %}
    with

    lone_placements as (
        select p.tenant_id, p.campaign_id, (array_agg(p.placement_id))[1] as placement_id, (array_agg(p.show_id))[1] as show_id
        from {{ placements }} as p
        group by p.tenant_id, p.campaign_id
        having count(*) = 1
    ),

    clicks as (
        select
            e.tenant_id, e.site_id, e.message_id, c.campaign_id,
            coalesce(l.placement_id, {{ none_id() }}) as placement_id,
            l.show_id,
            case when e.event_kind not in ('page_view', 'click') then {{ conversion_id('e') }} end as own_conversion_id,
            c.goal_kind
        from {{ events }} as e
        inner join {{ campaigns }} as c
            on e.tenant_id = c.tenant_id and e.sponsor_id = c.sponsor_id and e.utm_campaign = c.utm_campaign
        left join lone_placements as l on c.tenant_id = l.tenant_id and c.campaign_id = l.campaign_id
        where e.event_kind in ('page_view', 'click', 'purchase', 'lead', 'signup', 'install', 'open')
    ),

    -- A path used again by a later campaign belongs to the one in flight on the day, else to the newest.
    vanities as (
        select distinct on (e.tenant_id, e.site_id, e.message_id)
            e.tenant_id, e.site_id, e.message_id, c.campaign_id, p.placement_id, p.show_id, c.goal_kind
        from {{ events }} as e
        inner join {{ placements }} as p on e.tenant_id = p.tenant_id and e.url_path = p.vanity_path
        inner join {{ campaigns }} as c
            on p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id and e.sponsor_id = c.sponsor_id
        where e.event_kind = 'page_view'
        order by
            e.tenant_id, e.site_id, e.message_id,
            (e.occurred_at at time zone 'UTC')::date between p.flight_start and p.flight_end desc, p.flight_start desc, p.placement_id
    ),

    named as (
        select tenant_id, site_id, message_id, campaign_id, placement_id, show_id, own_conversion_id, goal_kind, 'click' as touch_kind
        from clicks
        union all
        select v.tenant_id, v.site_id, v.message_id, v.campaign_id, v.placement_id, v.show_id, null, v.goal_kind, 'vanity'
        from vanities as v
        left join clicks as c on v.tenant_id = c.tenant_id and v.site_id = c.site_id and v.message_id = c.message_id
        where c.message_id is null
    )

    select
        n.tenant_id,
        {{ stable_id('visit', ['n.tenant_id', 'n.site_id', 'n.message_id']) }} as touch_id,
        e.sponsor_id,
        n.campaign_id,
        n.placement_id,
        n.show_id,
        null::text as episode_guid,
        n.touch_kind,
        {{ source_rank('n.touch_kind') }} as source_rank,
        e.occurred_at as touch_at,
        e.household_hash,
        e.key_epoch,
        {{ class_in_crowd('e', 'k.household_hash is not null') }} as ip_class,
        e.anonymous_id,
        e.user_id,
        n.own_conversion_id,
        n.goal_kind
    from named as n
    inner join {{ events }} as e on n.tenant_id = e.tenant_id and n.site_id = e.site_id and n.message_id = e.message_id
    {{ join_crowded('e', crowded) }}
{% endmacro %}

{#
One row per conversion and promo code that owns it: the earliest of the order's codes that is usable on its day for this sponsor. A
code that several placements share then is ambiguous: each gets a touch. At the conversion's own instant, for it alone.
#}
{% macro code_touches(conversions, promo_codes, campaigns, placements) %}
    with

    matches as (
        select
            v.tenant_id, v.conversion_id, v.sponsor_id, v.converted_at, p.code_id, p.campaign_id, p.placement_id, p.show_id,
            c.goal_kind,
            rank() over (partition by v.tenant_id, v.conversion_id order by o.place) as place_rank
        from {{ conversions }} as v
        cross join lateral unnest(v.promo_codes) with ordinality as o (code, place)
        inner join {{ promo_codes }} as p
            on
                v.tenant_id = p.tenant_id and o.code = p.code_normalized
                and (v.converted_at at time zone 'UTC')::date between p.valid_from and p.usable_to
        inner join {{ campaigns }} as c
            on p.tenant_id = c.tenant_id and p.campaign_id = c.campaign_id and v.sponsor_id = c.sponsor_id
    ),

    -- A code that names no placement belongs to its campaign's only placement on that show, where there is just one.
    show_placements as (
        select p.tenant_id, p.campaign_id, p.show_id, (array_agg(p.placement_id))[1] as placement_id
        from {{ placements }} as p
        group by p.tenant_id, p.campaign_id, p.show_id
        having count(*) = 1
    )

    select
        m.tenant_id,
        {{ stable_id('code', ['m.tenant_id', 'm.conversion_id', 'm.code_id']) }} as touch_id,
        m.sponsor_id,
        m.campaign_id,
        coalesce(m.placement_id, s.placement_id, {{ none_id() }}) as placement_id,
        m.show_id,
        null::text as episode_guid,
        'code' as touch_kind,
        {{ source_rank("'code'") }} as source_rank,
        m.converted_at as touch_at,
        null::bytea as household_hash,
        null::integer as key_epoch,
        'unknown' as ip_class,
        null::text as anonymous_id,
        null::text as user_id,
        m.conversion_id as own_conversion_id,
        m.goal_kind
    from matches as m
    left join show_placements as s on m.tenant_id = s.tenant_id and m.campaign_id = s.campaign_id and m.show_id = s.show_id
    where m.place_rank = 1
{% endmacro %}
