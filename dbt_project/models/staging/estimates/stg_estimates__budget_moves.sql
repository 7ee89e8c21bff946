select * from {{ source('estimates', 'last_budget_moves') }}
