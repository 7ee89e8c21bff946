-- Fails with each code credit that is no judged use, and each use that is no credit.
with

credited as (
    select
        tenant_id,
        touch_id
    from {{ ref('attribution_credits') }}
    where touch_kind = 'code' and conversion_kind <> 'refund'
),

uses as (select * from {{ ref('promo_code_uses') }})

select
    coalesce(c.tenant_id, u.tenant_id) as tenant_id,
    coalesce(c.touch_id, u.touch_id) as touch_id
from credited as c
full outer join uses as u on c.tenant_id = u.tenant_id and c.touch_id = u.touch_id
where c.touch_id is null or u.touch_id is null
