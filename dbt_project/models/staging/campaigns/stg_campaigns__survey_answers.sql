with

source as (
    select * from {{ source('raw_surveys', 'campaigns_survey_answers') }}
    where xact < (select ops.build_to_xact())
)

select
    tenant_id,
    sponsor_id,
    response_id,
    answered_at,
    lower(btrim(answer)) as survey_answer,
    nullif(btrim(order_id), '') as order_id
from source
