select
    currency,
    minor_exponent
from {{ ref('currencies') }}
