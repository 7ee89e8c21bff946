"""Whether the household match ties orders to the ads that were heard in the same home: pairs of an order and a delivered ad."""

from collections.abc import Iterator

from benchmarks.score.figures import Tally
from benchmarks.score.worlds import ScoredWorld

MATCHED = """
select
    o.ip_class as kind, count(*) as pairs, count(*) filter (where o.household = a.household) as households,
    count(*) filter (where o.person = a.person) as people
from world_orders as o
inner join marts.attribution_credits as c on o.tenant_id = c.tenant_id and o.conversion_id = c.conversion_id
inner join world_ads as a on c.tenant_id = a.tenant_id and c.touch_id = a.touch_id
group by o.ip_class
"""
POSSIBLE = """
select
    case
        when c.touch_id is not null then 'matched'
        when not o.has_consent then 'no consent'
        when not o.has_household then 'no address'
        when array[o.ip_class, a.ip_class] && array['corporate', 'datacenter', 'vpn'] then 'office, VPN or data centre'
        when 'mobile' in (o.ip_class, a.ip_class) then 'mobile address'
        else 'another home address'
    end as reason,
    count(*) as pairs
from world_orders as o
inner join world_ads as a
    on
        o.tenant_id = a.tenant_id and o.sponsor_id = a.sponsor_id and o.household = a.household and a.goal_kind = 'purchase'
        and a.touch_at <= o.converted_at and a.touch_at >= o.converted_at - interval '30 days'
        and a.touch_at > coalesce(o.previous_converted_at, '-infinity')
left join marts.attribution_credits as c
    on o.tenant_id = c.tenant_id and o.conversion_id = c.conversion_id and a.touch_id = c.touch_id
where o.conversion_id is not null
group by 1
"""


REASONS = ("no consent", "no address", "office, VPN or data centre", "mobile address", "another home address")


def households(world: ScoredWorld) -> Iterator[Tally]:
    matched = world.rows(MATCHED)
    for kind in ("all", "household", "mobile"):
        rows = [row for row in matched if kind in ("all", row["kind"])]
        pairs = sum(row["pairs"] for row in rows)
        yield Tally("match_precision", kind, "", sum(row["households"] for row in rows), pairs)
        yield Tally("match_person", kind, "", sum(row["people"] for row in rows), pairs)
    reasons = {row["reason"]: row["pairs"] for row in world.rows(POSSIBLE)}
    possible = sum(reasons.values())
    yield Tally("match_recall", "all", "", reasons.pop("matched", 0), possible)
    for reason in REASONS:
        yield Tally("match_missed", reason, "", reasons.get(reason, 0), possible)
