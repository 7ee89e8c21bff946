with

source as (select * from {{ source('app_fraud', 'fraud_decisions') }})

-- What is in force at the build: entered before its end and not taken back before it.
select
    tenant_id,
    decision_id,
    verdict,
    scope,
    conversion_id,
    code_normalized,
    anonymous_id,
    from_at,
    to_at,
    reason,
    decided_by_name,
    created_at
from source
where
    xact < (select ops.build_to_xact())
    and (withdrawn_xact is null or withdrawn_xact >= (select ops.build_to_xact()))
