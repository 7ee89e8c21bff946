"""How far each campaign's credited revenue lies from what it truly caused, by model and by the kind of evidence that owns."""

from collections.abc import Iterator

from benchmarks.score.figures import Tally
from benchmarks.score.worlds import ScoredWorld

# By campaign, model and kind (`all`: every conversion): what is credited, of that to caused conversions, and what was caused.
CAMPAIGNS = """
with

models as (select distinct model from world_weights where model not in ('markov', 'shapley')),

credited as (
    select
        model, owner_touch_kind as kind, campaign_id, sum(minor) as minor,
        coalesce(sum(minor) filter (where true_campaign_id is not null), 0) as caused_minor
    from world_weights
    group by model, owner_touch_kind, campaign_id
),

caused as (
    select m.model, o.owner_touch_kind as kind, o.true_campaign_id as campaign_id, sum(o.value_minor)::float8 as minor
    from world_orders as o
    cross join models as m
    where o.conversion_id is not null and o.true_campaign_id is not null
    group by m.model, o.owner_touch_kind, o.true_campaign_id
),

joined as (
    select
        model, kind, campaign_id, coalesce(c.minor, 0) as credited, coalesce(c.caused_minor, 0) as credited_caused,
        coalesce(t.minor, 0) as caused
    from (select * from credited where model in (select model from models)) as c
    full join caused as t using (model, kind, campaign_id)
),

campaigns as (
    select
        model, coalesce(kind, 'all') as kind, campaign_id, sum(credited) as credited, sum(credited_caused) as credited_caused,
        sum(caused) as caused, coalesce(sum(caused) filter (where kind <> 'unattributed'), 0) as caused_seen
    from joined
    group by grouping sets ((model, campaign_id), (model, kind, campaign_id))
)

select
    model, kind, sum(abs(credited - caused)) as error, sum(credited) - sum(caused) as bias,
    sum(abs(credited_caused - caused_seen)) as split_error, sum(caused) as caused, sum(caused_seen) as caused_seen
from campaigns
where kind <> 'unattributed'
group by model, kind
having sum(caused) > 0
"""
# A data-driven model's published figure is its channel's total; of the sponsors that it has a fit for.
DATA_DRIVEN = """
with

credited as (
    select model, sponsor_id, campaign_id, sum(revenue_minor) as minor from marts.data_driven_attribution
    where granularity = 'placement' and goal_kind = 'purchase' and verdict = 'estimated' and campaign_id is not null
    group by model, sponsor_id, campaign_id
),

caused as (
    select f.model, o.sponsor_id, o.true_campaign_id as campaign_id, sum(o.value_minor) as minor
    from world_orders as o
    inner join (select distinct model, sponsor_id from credited) as f using (sponsor_id)
    where o.conversion_id is not null and o.true_campaign_id is not null
    group by f.model, o.sponsor_id, o.true_campaign_id
)

select
    model, sum(abs(coalesce(c.minor, 0) - coalesce(t.minor, 0)))::float8 as error, coalesce(sum(t.minor), 0)::float8 as caused
from credited as c
full join caused as t using (model, sponsor_id, campaign_id)
group by model
having sum(t.minor) > 0
"""


def revenue(world: ScoredWorld) -> Iterator[Tally]:
    for row in world.rows(CAMPAIGNS):
        yield Tally("revenue_error", row["kind"], row["model"], row["error"], row["caused"])
        if row["model"] == "owner":
            yield Tally("revenue_bias", row["kind"], "", row["bias"], row["caused"])
        if row["kind"] == "all" and row["caused_seen"]:
            yield Tally("revenue_split_error", "all", row["model"], row["split_error"], row["caused_seen"])
    for row in world.rows(DATA_DRIVEN):
        yield Tally("revenue_error", "all", row["model"], row["error"], row["caused"])
