-- A time to first value under 0 is a data error and is marked so; nothing else is.
select *
from {{ ref('ttfv') }}
where is_data_error <> coalesce(ttfv_s < 0, false) or (observed_s < 0 and not is_data_error)
