{#
Identity (docs/attribution.md, decision 0023): the ids of one sponsor's events merge into people. An id is a node: a browser
(anonymousId) or a user (userId) of one tenant and sponsor; what a client writes where it knows nobody is none.
#}

{# Whether an id stands for nobody. Zeros and hyphens alone cover "0" and the empty UUID. #}
{% macro is_blocked_id(id) -%}
    (
        lower({{ id }}) in (
            'null', 'undefined', 'none', 'nil', 'nan', 'n/a', 'na', '(null)', '(none)', '(not set)', 'anonymous', 'anon', 'unknown', 'guest',
            'user', 'visitor', 'true', 'false', 'test', '-1', '[object object]', 'anonymous_user', 'not_set', 'default'
        )
        or {{ id }} ~ '^[0-]+$'
    )
{%- endmacro %}

{# The node of one id; kind: browser or user. #}
{% macro identity_node(kind, e, id) -%} {{ stable_id(kind, [e ~ '.tenant_id', e ~ '.sponsor_id', id]) }} {%- endmacro %}

{#
One row per row of `rows` (tenant_id, sponsor_id, anonymous_id, user_id), with the people of its two ids and `person_id`: its user's,
else its browser's. An id that no link of `people` (identity_people) merges is a person of its own; one that is blocked or set aside
is none.
#}
{% macro with_people(rows, people) %}
    select
        n.*,
        case when not coalesce(b.is_set_aside, false) then coalesce(b.person_id, n.browser_node) end as browser_person_id,
        case when not coalesce(u.is_set_aside, false) then coalesce(u.person_id, n.user_node) end as user_person_id,
        coalesce(
            case when not coalesce(u.is_set_aside, false) then coalesce(u.person_id, n.user_node) end,
            case when not coalesce(b.is_set_aside, false) then coalesce(b.person_id, n.browser_node) end
        ) as person_id
    from (
        select
            r.*,
            case when not {{ is_blocked_id('r.anonymous_id') }} then {{ identity_node('browser', 'r', 'r.anonymous_id') }} end
                as browser_node,
            case when not {{ is_blocked_id('r.user_id') }} then {{ identity_node('user', 'r', 'r.user_id') }} end as user_node
        from {{ rows }} as r
    ) as n
    left join {{ people }} as b on n.tenant_id = b.tenant_id and n.browser_node = b.node_id
    left join {{ people }} as u on n.tenant_id = u.tenant_id and n.user_node = u.node_id
{% endmacro %}

{# The id of the link between two ids; parted by digests, so that no two pairs run together. #}
{% macro identity_link(e, source_id, user_id) -%}
    {{ stable_id('link', [e ~ '.tenant_id', e ~ '.sponsor_id', 'md5(' ~ source_id ~ ')', 'md5(' ~ user_id ~ ')']) }}
{%- endmacro %}

{#
One row per node of `edges` (tenant_id, sponsor_id, node_id, other_id) with its component: the least node that can be reached. One
row of the recursion is a sponsor's whole graph, its nodes numbered and labelled in an array, so that a round may aggregate: each node
and each root takes the least label of its neighbours' roots (min-label hooking with pointer jumping, as in FastSV). A round that
changes nothing is the last, so that it is exact whatever the graph; a chain of 1,000 takes about ten.
#}
{% macro connected_components(edges) %}
    with recursive

    ends as (
        select tenant_id, sponsor_id, node_id as from_id, other_id as to_id from {{ edges }} where node_id <> other_id
        union
        select tenant_id, sponsor_id, other_id, node_id from {{ edges }} where node_id <> other_id
    ),

    -- Every node is at both ends of its edges, so that its place is the same on either side; nothing is joined to number it.
    placed as (
        select
            *,
            dense_rank() over (partition by tenant_id, sponsor_id order by from_id)::integer as from_place,
            dense_rank() over (partition by tenant_id, sponsor_id order by to_id)::integer as to_place
        from ends
    ),

    graphs as materialized (
        select
            tenant_id, sponsor_id, array_agg(from_place) as froms, array_agg(to_place) as tos, max(from_place) as size,
            array_agg(distinct from_id order by from_id) as ids
        from placed
        group by tenant_id, sponsor_id
    ),

    rounds as (
        select g.tenant_id, g.sponsor_id, g.froms, g.tos, 0 as round_number, array(select generate_series(1, g.size)) as labels
        from graphs as g
        union all
        select r.tenant_id, r.sponsor_id, r.froms, r.tos, r.round_number + 1, n.labels
        from rounds as r
        cross join lateral (
            select array_agg(m.label order by m.place) as labels
            from (
                select c.place, min(c.label) as label
                from (
                    select o.place::integer as place, r.labels[o.label] as label
                    from unnest(r.labels) with ordinality as o (label, place)
                    union all
                    select e.from_place, r.labels[r.labels[e.to_place]] from unnest(r.froms, r.tos) as e (from_place, to_place)
                    union all
                    select r.labels[e.from_place], r.labels[r.labels[e.to_place]]
                    from unnest(r.froms, r.tos) as e (from_place, to_place)
                ) as c
                group by c.place
            ) as m
        ) as n
        where n.labels <> r.labels
    )

    select g.tenant_id, g.sponsor_id, g.ids[l.place] as node_id, g.ids[l.label] as component_id
    from (
        select distinct on (r.tenant_id, r.sponsor_id) r.tenant_id, r.sponsor_id, r.labels
        from rounds as r
        order by r.tenant_id, r.sponsor_id, r.round_number desc
    ) as f
    inner join graphs as g on f.tenant_id = g.tenant_id and f.sponsor_id = g.sponsor_id
    cross join lateral unnest(f.labels) with ordinality as l (label, place)
{% endmacro %}

{#
One row per person that events of the tail merge with another (shape of connected_components): by a browser and a user in one event,
whose link no decision has split. An alias waits for the next build, and so does every conversion that was built before.
#}
{% macro tail_people(events, people, links) %}
    with

    linked as (
        {{ with_people(events, people) }}
    ),

    edges as (
        select e.tenant_id, e.sponsor_id, e.browser_person_id as node_id, e.user_person_id as other_id
        from linked as e
        where
            e.browser_person_id <> e.user_person_id
            and not exists (
                select 1 from {{ links }} as l
                where
                    l.tenant_id = e.tenant_id and l.link_id = {{ identity_link('e', 'e.anonymous_id', 'e.user_id') }}
                    and l.status = 'split'
            )
    )

    select c.* from (
        {{ connected_components('edges') }}
    ) as c
{% endmacro %}

{# All that are one person with the one of `v` by now. #}
{% macro live_person_ids(v, tail_people) -%}
    coalesce(
        (
            select array_agg(m.node_id)
            from {{ tail_people }} as c
            inner join {{ tail_people }} as m on c.tenant_id = m.tenant_id and c.component_id = m.component_id
            where c.tenant_id = {{ v }}.tenant_id and c.node_id = {{ v }}.person_id
        ),
        array[{{ v }}.person_id]
    )
{%- endmacro %}
