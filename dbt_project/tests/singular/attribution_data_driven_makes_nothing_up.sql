-- Fails with each channel that bears a figure without having been estimated, or was estimated and bears none.
select *
from {{ ref('data_driven_attribution') }}
where
    (verdict = 'estimated') <> (share is not null)
    or (share is null and coalesce(conversions_ppb, revenue_minor) is not null)
