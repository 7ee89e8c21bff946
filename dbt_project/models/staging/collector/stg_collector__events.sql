with

events as (
    select * from {{ source('raw_collector', 'collector_events') }}
    where xact < (select ops.build_to_xact())
),

sites as (select * from {{ source('app_campaigns', 'sites') }}),

tenants as (select * from {{ source('app_campaigns', 'tenants') }}),

event_kinds as (select * from {{ ref('event_kinds') }}),

currencies as (select * from {{ ref('currencies') }}),

final as (
    {{ parsed_events('events', 'sites', 'tenants', 'event_kinds', 'currencies') }}
)

select * from final
