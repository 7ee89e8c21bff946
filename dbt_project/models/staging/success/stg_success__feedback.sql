with

source as (
    select * from {{ source('app_success', 'customer_feedback') }}
    where xact < (select ops.build_to_xact())
)

select
    tenant_id,
    feedback_id,
    nps_score,
    satisfaction_score,
    is_technical_issue,
    created_at
from source
