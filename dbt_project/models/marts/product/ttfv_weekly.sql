with users as (
    select * from {{ ref('ttfv') }}
),

final as (
    {{ survival_figures('users', ['tenant_id', 'signup_week']) }}
)

select * from final
