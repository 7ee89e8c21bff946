with reports as (
    select * from {{ source('app_product', 'reports') }}
),

final as (
    select
        tenant_id,
        report_id,
        campaign_id,
        kind,
        status,
        is_final,
        requested_at,
        finished_at
    from reports
)

select * from final
