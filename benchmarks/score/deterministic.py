"""Whether a click, a path or a sound code gives a conversion to the right campaign."""

from collections.abc import Iterator

from benchmarks.score.figures import Tally
from benchmarks.score.worlds import ScoredWorld

# By the truth alone: what the buyer followed since the order before, a link before a path, the latest of each; else the code given.
# An order that never reached us parts nothing.
JUDGED = """
with

orders as (
    select o.*, lag(o.ordered_at) over (partition by o.person, o.sponsor_id order by o.ordered_at) as previous_at
    from world_orders as o
    where o.conversion_id is not null
),

followed as (
    select distinct on (o.conversion_id) o.conversion_id, v.campaign_id
    from orders as o
    inner join truth_visits as v
        on
            o.person = v.person and o.sponsor_id = v.sponsor_id and v.visited_at <= o.ordered_at
            and v.visited_at >= o.ordered_at - interval '30 days' and v.visited_at > coalesce(o.previous_at, '-infinity')
    order by o.conversion_id, v.way = 'click' desc, v.visited_at desc
),

-- What was typed into the order's field, without case, spaces and signs.
given as (
    select o.conversion_id, min(p.campaign_id::text)::uuid as campaign_id
    from orders as o
    inner join app.promo_codes as p
        on
            o.tenant_id = p.tenant_id
            and upper(regexp_replace(o.promo_code, '[^[:alnum:]]', '', 'g'))
            = upper(regexp_replace(p.code, '[^[:alnum:]]', '', 'g'))
    group by o.conversion_id
),

leaked as (
    select u.tenant_id, u.conversion_id
    from marts.promo_code_uses as u
    inner join marts.promo_code_leaks as l using (tenant_id, code_id)
    where u.is_leak_suspect or l.verdict = 'leaked'
)

select
    o.conversion_id, o.order_id, o.person, o.owner_touch_kind as kind, o.owner_campaign_id, o.true_campaign_id,
    coalesce(f.campaign_id, g.campaign_id) as right_campaign_id
from orders as o
left join followed as f on o.conversion_id = f.conversion_id
left join given as g on o.conversion_id = g.conversion_id
where
    (
        o.owner_touch_kind in ('click', 'vanity')
        and exists (
            select from marts.attribution_credits as p
            where
                p.tenant_id = o.tenant_id and p.conversion_id = o.conversion_id and p.campaign_id = o.owner_campaign_id
                and p.touch_kind = o.owner_touch_kind and not p.is_household_only
        )
    )
    or (
        o.owner_touch_kind = 'code'
        and not exists (select from leaked as k where k.tenant_id = o.tenant_id and k.conversion_id = o.conversion_id)
    )
"""


def deterministic(world: ScoredWorld) -> Iterator[Tally]:
    rows = world.rows(JUDGED)
    for kind in ("all", "click", "vanity", "code"):
        owned = [row for row in rows if kind in ("all", row["kind"])]
        caused = [row for row in owned if row["true_campaign_id"] is not None]
        right = sum(row["owner_campaign_id"] == row["right_campaign_id"] for row in owned)
        cause = sum(row["owner_campaign_id"] == row["true_campaign_id"] for row in caused)
        yield Tally("deterministic_right", kind, "owner", right, len(owned))
        yield Tally("deterministic_cause", kind, "owner", cause, len(caused))
        yield Tally("deterministic_organic", kind, "owner", len(owned) - len(caused), len(owned))
