with

feedback as (
    select * from {{ ref('stg_success__feedback') }}
    where created_at <= {{ build_as_of() }}
),

final as (
    select
        tenant_id,
        feedback_id,
        nps_score,
        satisfaction_score,
        is_technical_issue,
        created_at,
        coalesce(nps_score >= 9, false) as is_promoter,
        coalesce(nps_score <= 6, false) as is_detractor,
        created_at > {{ build_as_of() }} - {{ var('success_window_days', 90) }} * interval '1 day' as is_recent
    from feedback
)

select * from final
