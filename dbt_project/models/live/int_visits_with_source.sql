-- Read when the data-driven models are fitted. Among the live views, for a build drops what it makes anew, and a fit takes long.
{{ config(schema='intermediate') }}

with

events as (
    select * from {{ ref('int_events_admitted') }}
    where event_kind in ('page_view', 'click') and utm_source is not null
),

people as (select * from {{ published(ref('identity_people')) }}),

final as (
    {{ with_people('events', 'people') }}
)

select * from final
