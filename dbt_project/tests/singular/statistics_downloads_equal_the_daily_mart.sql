-- A host's daily downloads are the same figure in both marts that show them.
with told as (
    select
        tenant_id,
        show_id,
        episode_guid,
        period_start as day,
        source,
        value
    from {{ ref('episode_statistics_daily') }}
    where metric = 'download' and grain = 'day' and measure = 'count' and episode_guid <> '*'
),

shown as (
    select * from {{ ref('episode_downloads_daily') }}
    where counting_window = 'host'
)

select
    tenant_id,
    show_id,
    episode_guid,
    day,
    source,
    told.value as told,
    shown.downloads as shown
from told
full join shown using (tenant_id, show_id, episode_guid, day, source)
where told.value is distinct from shown.downloads
