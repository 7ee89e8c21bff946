-- Rejected and surviving requests together are the requests that were logged: none is lost, none judged twice.
with logged as (
    select tenant_id, count(*) as requests
    from {{ ref('stg_logs__requests') }}
    group by tenant_id
),

judged as (
    select
        tenant_id,
        count(distinct request_id) as requests,
        count(rejected_by) + count(*) filter (where rejected_by is null) as verdicts
    from {{ ref('int_requests_judged') }}
    group by tenant_id
)

select
    coalesce(logged.tenant_id, judged.tenant_id) as tenant_id,
    logged.requests as logged,
    judged.requests as judged,
    judged.verdicts
from logged
full join judged on logged.tenant_id = judged.tenant_id
where logged.requests is distinct from judged.requests or judged.requests is distinct from judged.verdicts
