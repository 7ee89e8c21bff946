"""Whether a campaign's lift says what its ads caused: in built worlds, whose orders know their cause."""

from collections.abc import Iterator

from assets.estimates.lift_campaigns import measure_lift
from benchmarks.score.figures import Tally
from benchmarks.score.worlds import ScoredWorld

# Of the homes whose first four weeks since the first ad are over: the orders in them that this campaign's ads caused, per home.
CAUSED = """
with

ends as (select max(opened_at) as to_at from intermediate.int_windows_counted),

homes as (
    select t.tenant_id, t.campaign_id, t.key_epoch, t.household_hash, min(t.touch_at) as from_at
    from marts.attribution_touches as t
    where t.touch_kind = 'exposure' and t.ip_class in ('household', 'unknown')
    group by t.tenant_id, t.campaign_id, t.key_epoch, t.household_hash
),

caused as (
    select h.tenant_id, h.campaign_id, count(*) as orders
    from homes as h
    cross join ends as e
    inner join world_orders as o on h.tenant_id = o.tenant_id and h.campaign_id = o.true_campaign_id
    inner join marts.attribution_conversions as v on o.tenant_id = v.tenant_id and o.conversion_id = v.conversion_id
    cross join
        lateral unnest(coalesce(v.household_hashes, array[v.household_hash]), coalesce(v.household_epochs, array[v.key_epoch]))
            as k (household_hash, key_epoch)
    where
        h.from_at + interval '28 days' <= e.to_at and h.key_epoch = k.key_epoch and h.household_hash = k.household_hash
        and v.ip_class in ('household', 'unknown')
        and v.converted_at >= h.from_at and v.converted_at < h.from_at + interval '28 days'
    group by h.tenant_id, h.campaign_id
),

counted as (
    select h.tenant_id, h.campaign_id, count(*) as homes
    from homes as h
    cross join ends as e
    where h.from_at + interval '28 days' <= e.to_at
    group by h.tenant_id, h.campaign_id
)

select
    s.verdict,
    coalesce(c.orders, 0)::double precision / nullif(n.homes, 0) as caused_rate,
    s.incremental_low / nullif(s.matched_count, 0) as low,
    s.incremental_high / nullif(s.matched_count, 0) as high
from estimates.lift_spans as s
left join caused as c on s.tenant_id = c.tenant_id and s.campaign_id = c.campaign_id
left join counted as n on s.tenant_id = n.tenant_id and s.campaign_id = n.campaign_id
where s.week_from = 0 and s.week_to = 4 and s.exposed_count > 0
"""


def lift(world: ScoredWorld) -> Iterator[Tally]:
    measure_lift(world.url, "score")
    rows = world.rows(CAUSED)
    said = [row for row in rows if row["verdict"] == "estimated" and row["caused_rate"] is not None]
    yield Tally("lift_said", "all", "", len(said), len(rows))
    for verdict in sorted({row["verdict"] for row in rows} - {"estimated"}):
        yield Tally("lift_said", verdict.replace("_", " "), "", sum(row["verdict"] == verdict for row in rows), len(rows))
    yield Tally("lift_held", "all", "", sum(row["low"] <= row["caused_rate"] <= row["high"] for row in said), len(said))
