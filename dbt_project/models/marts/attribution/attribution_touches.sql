with

touches as (select * from {{ ref('int_touches') }}),

final as (
    select
        {{ touch_columns() }},
        person_id
    from touches
)

select * from final
