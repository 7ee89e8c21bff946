select * from {{ source('estimates', 'last_saturation_windows') }}
