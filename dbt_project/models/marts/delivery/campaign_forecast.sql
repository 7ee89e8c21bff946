with

forecasts as (select * from {{ ref('stg_estimates__campaign_forecasts') }}),

campaigns as (select * from {{ ref('stg_campaigns__campaigns') }}),

final as (
    select
        f.tenant_id,
        f.campaign_id,
        f.figure,
        c.sponsor_id,
        f.verdict,
        f.reason,
        f.method,
        f.as_of as as_of_date,
        f.until as until_date,
        f.so_far as so_far_count,
        f.expected as expected_count,
        f.low as low_count,
        f.high as high_count,
        f.low_95 as low_95_count,
        f.high_95 as high_95_count,
        f.backtest_count,
        f.error_rate,
        f.naive_error_rate,
        f.model_version,
        f.fitted_build_id,
        f.fitted_at
    from forecasts as f
    inner join campaigns as c on f.tenant_id = c.tenant_id and f.campaign_id = c.campaign_id
)

select * from final
