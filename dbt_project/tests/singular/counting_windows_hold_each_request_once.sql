-- Each surviving request lies in exactly one window of each kind, so that no kind counts more downloads than requests.
with surviving as (
    select tenant_id, download_key, count(*) as requests
    from {{ ref('int_requests_judged') }}
    where rejected_by is null
    group by tenant_id, download_key
),

windowed as (
    select tenant_id, download_key, counting_window, sum(request_count) as requests, count(*) as windows
    from {{ ref('int_downloads_counted') }}
    group by tenant_id, download_key, counting_window
),

expected as (
    select surviving.*, kinds.counting_window
    from surviving
    cross join (values ('calendar'), ('first_touch'), ('last_touch')) as kinds (counting_window)
)

select
    coalesce(expected.tenant_id, windowed.tenant_id) as tenant_id,
    coalesce(expected.download_key, windowed.download_key) as download_key,
    coalesce(expected.counting_window, windowed.counting_window) as counting_window,
    expected.requests as surviving_requests,
    windowed.requests as windowed_requests,
    windowed.windows
from expected
full join windowed
    on
        expected.tenant_id = windowed.tenant_id
        and expected.download_key = windowed.download_key
        and expected.counting_window = windowed.counting_window
where expected.requests is distinct from windowed.requests or windowed.windows > windowed.requests
