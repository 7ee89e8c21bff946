-- Fails with each credit that counts in another currency than its conversion's and has no row that says what it is worth there, or
-- that there is no rate; and with each such row of a credit that needs none.
with

credits as (
    select
        c.tenant_id,
        c.conversion_id,
        c.touch_id
    from {{ ref('attribution_credits') }} as c
    inner join {{ ref('stg_campaigns__tenants') }} as t on c.tenant_id = t.tenant_id
    left join {{ ref('stg_campaigns__campaigns') }} as g on c.tenant_id = g.tenant_id and c.campaign_id = g.campaign_id
    where c.currency <> coalesce(g.currency, t.currency)
),

converted as (select * from {{ ref('attribution_credits_converted') }})

select
    coalesce(c.tenant_id, v.tenant_id) as tenant_id,
    coalesce(c.conversion_id, v.conversion_id) as conversion_id,
    coalesce(c.touch_id, v.touch_id) as touch_id
from credits as c
full outer join converted as v on c.tenant_id = v.tenant_id and c.conversion_id = v.conversion_id and c.touch_id = v.touch_id
where c.touch_id is null or v.touch_id is null or (v.value_minor is null) <> (v.exchange_rate is null)
