with listeners as (
    select * from {{ ref('int_listeners_framed') }}
),

final as (
    select
        tenant_id,
        show_id,
        source,
        frame,
        frame_start,
        frame_end,
        listener_count,
        household_count
    from listeners
)

select * from final
