{# One row per answer to "how did you hear of us" among `events` (shape of int_events_admitted). #}
{% macro event_answers(events) %}
    select
        e.tenant_id,
        e.sponsor_id,
        e.site_id || '|' || e.message_id as response_id,
        e.occurred_at as answered_at,
        e.survey_answer,
        e.order_id,
        e.anonymous_id,
        e.user_id
    from {{ events }} as e
    where e.event_kind = 'survey_response' and e.survey_answer is not null
{% endmacro %}

{# One row per customer of `answers`, who is asked once: the answer that came first stands, by order, else by person. #}
{% macro first_answers(answers) %}
    select distinct on (r.tenant_id, r.sponsor_id, r.customer) r.*
    from (
        select
            a.*,
            coalesce('o' || a.order_id, 'u' || a.user_id, 'a' || a.anonymous_id, 'r' || a.response_id) as customer,
            a.survey_answer ~ '{{ var("survey_podcast_pattern", "podcast") }}' as is_podcast
        from {{ answers }} as a
    ) as r
    order by r.tenant_id asc, r.sponsor_id asc, r.customer asc, r.answered_at asc, r.response_id asc
{% endmacro %}

{#
One row per answer of `answers` (first_answers, with person_id) and campaign that it names (decision 0053): an answer with a show's title names the
campaigns of the sponsor on that show, those in flight on the day or else the newest; one that names podcasts alone names the sponsor's only
campaign, in flight or else ever begun, and where there are several none. A campaign that begins later is not what was heard.
An answer to an order of `conversions` is at its order's time, if it came later, and that order's alone; else it is of the person, whose next
conversion it ties, without a window.
#}
{% macro survey_touches(answers, conversions, campaigns, placements, shows) %}
    with

    answered as (
        select
            a.*,
            (a.answered_at at time zone 'UTC')::date as day,  -- noqa: RF04
            {{ stable_id('order', ['a.tenant_id', 'a.sponsor_id', "'purchase'", 'a.order_id']) }} as order_conversion_id
        from {{ answers }} as a
    ),

    named as (
        select
            a.tenant_id, a.sponsor_id, a.response_id, s.show_id,
            rank() over (partition by a.tenant_id, a.sponsor_id, a.response_id order by length(s.title) desc) as place
        from answered as a
        inner join {{ shows }} as s
            on a.tenant_id = s.tenant_id and length(btrim(s.title)) >= 4 and strpos(a.survey_answer, lower(btrim(s.title))) > 0
    ),

    -- Where a campaign has several placements on the show, the answer names none of them.
    on_shows as (
        select
            p.tenant_id, p.campaign_id, p.show_id, min(p.flight_start) as flight_start, max(p.flight_end) as flight_end,
            case when count(*) = 1 then (array_agg(p.placement_id))[1] end as placement_id
        from {{ placements }} as p
        group by p.tenant_id, p.campaign_id, p.show_id
    ),

    by_show as (
        select
            a.tenant_id, a.sponsor_id, a.response_id, c.campaign_id, o.placement_id, n.show_id, c.goal_kind,
            rank() over (
                partition by a.tenant_id, a.sponsor_id, a.response_id, c.goal_kind
                order by
                    a.day between o.flight_start and o.flight_end desc,
                    case when a.day not between o.flight_start and o.flight_end then o.flight_start end desc
            ) as place
        from answered as a
        inner join named as n
            on
                a.tenant_id = n.tenant_id and a.sponsor_id = n.sponsor_id and a.response_id = n.response_id
                and n.place = 1
        inner join on_shows as o on n.tenant_id = o.tenant_id and n.show_id = o.show_id and o.flight_start <= a.day
        inner join {{ campaigns }} as c
            on o.tenant_id = c.tenant_id and o.campaign_id = c.campaign_id and a.sponsor_id = c.sponsor_id
    ),

    by_sponsor as (
        select
            a.tenant_id, a.sponsor_id, a.response_id, c.campaign_id, c.goal_kind,
            a.day <= c.flight_end as is_in_flight,
            count(*) over campaigns_begun as begun,
            count(*) filter (where a.day <= c.flight_end) over campaigns_begun as in_flight
        from answered as a
        inner join {{ campaigns }} as c
            on a.tenant_id = c.tenant_id and a.sponsor_id = c.sponsor_id and c.flight_start <= a.day
        where
            a.is_podcast
            and not exists (
                select from named as n
                where n.tenant_id = a.tenant_id and n.sponsor_id = a.sponsor_id and n.response_id = a.response_id
            )
        window campaigns_begun as (partition by a.tenant_id, a.sponsor_id, a.response_id, c.goal_kind)
    ),

    claims as (
        select tenant_id, sponsor_id, response_id, campaign_id, placement_id, show_id, goal_kind
        from by_show
        where place = 1
        union all
        select tenant_id, sponsor_id, response_id, campaign_id, null, null, goal_kind
        from by_sponsor
        where (in_flight = 1 and is_in_flight) or (in_flight = 0 and begun = 1)
    )

    select
        c.tenant_id,
        {{ stable_id('survey', ['c.tenant_id', 'c.sponsor_id', 'c.response_id', 'c.campaign_id']) }} as touch_id,
        c.sponsor_id,
        c.campaign_id,
        coalesce(c.placement_id, {{ none_id() }}) as placement_id,
        c.show_id,
        null::text as episode_guid,
        'survey' as touch_kind,
        {{ source_rank("'survey'") }} as source_rank,
        least(a.answered_at, v.converted_at) as touch_at,
        null::bytea as household_hash,
        null::integer as key_epoch,
        'unknown' as ip_class,
        a.anonymous_id,
        a.user_id,
        v.conversion_id as own_conversion_id,
        c.goal_kind,
        a.person_id
    from claims as c
    inner join answered as a
        on c.tenant_id = a.tenant_id and c.sponsor_id = a.sponsor_id and c.response_id = a.response_id
    left join {{ conversions }} as v on a.tenant_id = v.tenant_id and a.order_conversion_id = v.conversion_id
{% endmacro %}
