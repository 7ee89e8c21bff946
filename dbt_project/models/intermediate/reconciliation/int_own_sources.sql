-- `logs` comes before `prefix`: where a show has both, the log saw what was sent.
with requests as (
    select * from {{ ref('int_requests_judged') }}
),

final as (
    select
        tenant_id,
        show_id,
        min(source) as source
    from requests
    where show_id is not null
    group by tenant_id, show_id
)

select * from final
