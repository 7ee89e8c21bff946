-- The daily mart shows the downloads that were counted, all of them and no others; rejected requests are some of the requests.
with counted as (
    select tenant_id, source, counting_window, count(*) as downloads
    from {{ ref('int_downloads_counted') }}
    where is_valid
    group by tenant_id, source, counting_window
),

shown as (
    select
        tenant_id,
        source,
        counting_window,
        sum(downloads) as downloads,
        bool_and(downloads + rejected_count <= request_count and listener_count <= downloads) as is_plausible
    from {{ ref('episode_downloads_daily') }}
    where counting_window <> 'host'
    group by tenant_id, source, counting_window
)

select
    shown.tenant_id,
    shown.counting_window,
    counted.downloads as counted,
    shown.downloads as shown
from shown
full join counted
    on
        shown.tenant_id = counted.tenant_id
        and shown.source = counted.source
        and shown.counting_window = counted.counting_window
where coalesce(counted.downloads, 0) is distinct from coalesce(shown.downloads, 0) or not shown.is_plausible
