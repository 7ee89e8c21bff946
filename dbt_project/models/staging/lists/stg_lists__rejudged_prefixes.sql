with rejudged as (
    select * from {{ source('ops_lists', 'rejudged_prefixes') }}
    where xact < (select ops.build_to_xact())
),

final as (
    select
        tenant_id,
        day as request_day,
        ip_prefix,
        ip_class,
        ip_list_version,
        xact
    from rejudged
)

select * from final
