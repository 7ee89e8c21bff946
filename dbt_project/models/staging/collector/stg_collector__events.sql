with

-- A row that fails a check of its own counts nowhere, in the live tail as here; int_events_admitted quarantines it.
events as (
    select e.*
    from {{ source('raw_collector', 'collector_events') }} as e
    where e.xact < (select ops.build_to_xact()) and raw.collector_event_fault(e) is null
),

sites as (select * from {{ source('app_campaigns', 'sites') }}),

tenants as (select * from {{ source('app_campaigns', 'tenants') }}),

event_kinds as (select * from {{ ref('event_kinds') }}),

currencies as (select * from {{ ref('currencies') }}),

final as (
    {{ parsed_events('events', 'sites', 'tenants', 'event_kinds', 'currencies') }}
)

select * from final
