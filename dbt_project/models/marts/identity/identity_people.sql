with

people as (select * from {{ ref('int_identity_people') }}),

final as (
    select
        tenant_id,
        node_id,
        sponsor_id,
        person_id,
        is_set_aside
    from people
)

select * from final
