-- As published: first_touch, by the UTC day.
with counted as (
    select * from {{ ref('int_downloads_counted') }}
),

own_sources as (
    select * from {{ ref('int_own_sources') }}
),

final as (
    select
        counted.tenant_id,
        counted.show_id,
        counted.source,
        counted.episode_guid,
        counted.day,
        count(*) as downloads
    from counted
    inner join own_sources using (tenant_id, show_id, source)
    where counted.counting_window = 'first_touch' and counted.is_valid
    group by counted.tenant_id, counted.show_id, counted.source, counted.episode_guid, counted.day
)

select * from final
