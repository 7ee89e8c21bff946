with

events as (
    select * from {{ ref('int_events_admitted') }}
    where user_id is not null and (anonymous_id is not null or previous_id is not null)
),

decisions as (select * from {{ ref('stg_identity__decisions') }}),

settings as (select * from {{ ref('stg_campaigns__attribution_settings') }}),

-- An event with both ids says that one person has them, whatever its kind; identify and alias say nothing else.
statements as (
    select
        tenant_id,
        sponsor_id,
        anonymous_id as source_id,
        user_id,
        case when event_kind = 'identify' then 1 else 3 end as kind_rank,
        occurred_at
    from events
    where anonymous_id is not null
    union all
    select
        tenant_id,
        sponsor_id,
        previous_id as source_id,
        user_id,
        2 as kind_rank,
        occurred_at
    from events
    where previous_id is not null
),

links as (
    select
        s.tenant_id,
        s.sponsor_id,
        s.source_id,
        s.user_id,
        {{ identity_link('s', 's.source_id', 's.user_id') }} as link_id,
        min(s.kind_rank) as kind_rank,
        coalesce(
            min(s.occurred_at) filter (where s.kind_rank = 1), min(s.occurred_at) filter (where s.kind_rank = 2), min(s.occurred_at)
        ) as linked_at,
        count(*) as event_count,
        bool_or(s.kind_rank = 2) as is_alias
    from statements as s
    group by s.tenant_id, s.sponsor_id, s.source_id, s.user_id
),

judged as (
    select
        l.*,
        s.identity_users_per_browser,
        s.identity_browsers_per_user,
        {{ is_blocked_id('l.source_id') }} or {{ is_blocked_id('l.user_id') }} as is_blocked,
        coalesce(d.is_split, false) as is_split
    from links as l
    inner join settings as s on l.tenant_id = s.tenant_id
    left join decisions as d on l.tenant_id = d.tenant_id and l.link_id = d.link_id
),

-- What is blocked or split counts for nobody, so that a split may bring an id back below its limit.
counted as (
    select
        *,
        count(*) filter (where not is_blocked and not is_split) over (partition by tenant_id, sponsor_id, source_id) as users,
        count(*) filter (where not is_blocked and not is_split) over (partition by tenant_id, sponsor_id, user_id) as browsers
    from judged
),

-- A user that too many browsers have, or that too many users were before.
crowded as (
    select distinct
        tenant_id,
        sponsor_id,
        user_id
    from counted
    where browsers > identity_browsers_per_user
    union
    select
        tenant_id,
        sponsor_id,
        source_id
    from counted
    where is_alias and users > identity_users_per_browser
),

final as (
    select
        c.tenant_id,
        c.link_id,
        c.sponsor_id,
        c.source_id,
        c.user_id,
        case c.kind_rank when 1 then 'identify' when 2 then 'alias' else 'event' end as link_kind,
        c.is_alias,
        c.linked_at,
        c.event_count,
        case
            when c.is_blocked then 'blocked_id'
            when c.is_split then 'split'
            when c.users > c.identity_users_per_browser then 'shared_browser'
            when u.user_id is not null or p.user_id is not null then 'crowded_user'
            else 'merged'
        end as status,
        u.user_id is not null as is_user_crowded,
        p.user_id is not null as is_previous_crowded
    from counted as c
    left join crowded as u on c.tenant_id = u.tenant_id and c.sponsor_id = u.sponsor_id and c.user_id = u.user_id
    left join crowded as p
        on c.tenant_id = p.tenant_id and c.sponsor_id = p.sponsor_id and c.source_id = p.user_id and c.is_alias
)

select * from final
