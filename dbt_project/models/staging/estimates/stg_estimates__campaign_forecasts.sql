with

source as (select * from {{ source('campaign_estimates', 'last_campaign_forecasts') }})

select
    tenant_id,
    campaign_id,
    figure,
    verdict,
    reason,
    method,
    as_of,
    until,
    so_far,
    expected,
    low,
    high,
    low_95,
    high_95,
    backtest_count,
    error_rate,
    naive_error_rate,
    guarantee,
    guarantee_probability,
    model_version,
    build_id as fitted_build_id,
    fitted_at
from source
