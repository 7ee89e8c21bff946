select
    event_name,
    event_kind
from {{ ref('event_kinds') }}
