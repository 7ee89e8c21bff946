with users as (
    select * from {{ ref('ttfv') }}
),

final as (
    {{ survival_figures('users', ['tenant_id']) }}
)

select * from final
