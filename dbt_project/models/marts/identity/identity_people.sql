{{ config(indexes=[{'columns': ['tenant_id', 'node_id'], 'unique': True}], post_hook='analyze {{ this }}') }}

with

links as materialized (
    select
        l.*,
        {{ identity_node('browser', 'l', 'l.source_id') }} as browser_node,
        {{ identity_node('user', 'l', 'l.user_id') }} as user_node,
        case when l.is_alias then {{ identity_node('user', 'l', 'l.source_id') }} end as previous_node
    from {{ ref('int_identity_links') }} as l
),

merged as (
    select * from links
    where status = 'merged'
),

-- Users that a browser has in common, and a user with the one that it was before. All else hangs on one user, and needs no search.
edges as (
    select
        tenant_id,
        sponsor_id,
        user_node as node_id,
        min(user_node::text) over (partition by tenant_id, browser_node)::uuid as other_id
    from merged
    union
    select
        tenant_id,
        sponsor_id,
        user_node,
        previous_node
    from merged
    where previous_node is not null
),

components as (
    {{ connected_components('edges') }}
),

users as (
    select
        m.tenant_id,
        m.sponsor_id,
        m.user_node as node_id,
        coalesce(c.component_id, m.user_node) as person_id
    from merged as m
    left join components as c on m.tenant_id = c.tenant_id and m.user_node = c.node_id
    union
    select
        c.tenant_id,
        c.sponsor_id,
        c.node_id,
        c.component_id
    from components as c
),

browsers as (
    select distinct
        m.tenant_id,
        m.sponsor_id,
        m.browser_node as node_id,
        u.person_id
    from merged as m
    inner join users as u on m.tenant_id = u.tenant_id and m.user_node = u.node_id
),

-- Ids that stand for many: they are nobody, in their own events too.
set_aside as (
    select
        tenant_id,
        sponsor_id,
        browser_node as node_id
    from links
    where status = 'shared_browser'
    union
    select
        tenant_id,
        sponsor_id,
        user_node
    from links
    where is_user_crowded
    union
    select
        tenant_id,
        sponsor_id,
        previous_node
    from links
    where is_previous_crowded
),

final as (
    select
        tenant_id,
        node_id,
        sponsor_id,
        person_id,
        false as is_set_aside
    from users
    union all
    select
        tenant_id,
        node_id,
        sponsor_id,
        person_id,
        false as is_set_aside
    from browsers
    union all
    select
        tenant_id,
        node_id,
        sponsor_id,
        null as person_id,
        true as is_set_aside
    from set_aside
)

select * from final
