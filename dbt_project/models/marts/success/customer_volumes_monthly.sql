with final as (
    select
        tenant_id,
        date_trunc('month', hour_at, 'UTC')::date as month,
        sum(accepted_count)::bigint as accepted_count
    from {{ ref('int_collection_hours') }}
    group by tenant_id, date_trunc('month', hour_at, 'UTC')::date
    having sum(accepted_count) > 0
)

select * from final
