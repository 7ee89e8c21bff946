-- Each surviving request lies in exactly one window of each kind, so that no kind counts more downloads than requests.
with surviving as (
    select tenant_id, show_id, episode_guid, count(*) as requests
    from {{ ref('int_requests_judged') }}
    where rejected_by is null
    group by tenant_id, show_id, episode_guid
),

windowed as (
    select tenant_id, show_id, episode_guid, counting_window, sum(request_count) as requests, count(*) as windows
    from {{ ref('int_downloads_counted') }}
    group by tenant_id, show_id, episode_guid, counting_window
),

expected as (
    select surviving.*, kinds.counting_window
    from surviving
    cross join (values ('calendar'), ('first_touch'), ('last_touch')) as kinds (counting_window)
)

select
    coalesce(expected.tenant_id, windowed.tenant_id) as tenant_id,
    coalesce(expected.show_id, windowed.show_id) as show_id,
    coalesce(expected.episode_guid, windowed.episode_guid) as episode_guid,
    coalesce(expected.counting_window, windowed.counting_window) as counting_window,
    expected.requests as surviving_requests,
    windowed.requests as windowed_requests,
    windowed.windows
from expected
full join windowed
    on
        expected.tenant_id = windowed.tenant_id
        and expected.show_id = windowed.show_id
        and expected.episode_guid = windowed.episode_guid
        and expected.counting_window = windowed.counting_window
where expected.requests is distinct from windowed.requests or windowed.windows > windowed.requests
