-- Weekly figures and the overall ones hold each registered user once: users and data errors together.
with users as (
    select tenant_id, count(*) as users
    from {{ ref('ttfv') }}
    group by tenant_id
),

weekly as (
    select tenant_id, sum(users + data_errors) as users
    from {{ ref('ttfv_weekly') }}
    group by tenant_id
),

overall as (
    select tenant_id, users + data_errors as users
    from {{ ref('ttfv_overall') }}
)

select
    users.tenant_id,
    users.users,
    weekly.users as weekly_users,
    overall.users as overall_users
from users
full join weekly on users.tenant_id = weekly.tenant_id
full join overall on users.tenant_id = overall.tenant_id
where users.users is distinct from weekly.users or users.users is distinct from overall.users
