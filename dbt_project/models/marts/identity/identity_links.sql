with

links as (
    select
        l.*,
        {{ identity_node('browser', 'l', 'l.source_id') }} as browser_node,
        {{ identity_node('user', 'l', 'l.user_id') }} as user_node
    from {{ ref('int_identity_links') }} as l
),

people as (select * from {{ ref('identity_people') }}),

final as (
    select
        l.tenant_id,
        l.link_id,
        l.sponsor_id,
        l.source_id,
        l.user_id,
        l.link_kind,
        l.is_alias,
        l.linked_at,
        l.event_count,
        l.status,
        case when not coalesce(b.is_set_aside, false) then coalesce(b.person_id, l.browser_node) end as source_person_id,
        case when not coalesce(u.is_set_aside, false) then coalesce(u.person_id, l.user_node) end as user_person_id
    from links as l
    left join people as b on l.tenant_id = b.tenant_id and l.browser_node = b.node_id
    left join people as u on l.tenant_id = u.tenant_id and l.user_node = u.node_id
)

select * from final
