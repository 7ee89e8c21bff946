"""Who gets credit for what an ad truly caused, and who for what nothing caused: by model and by the kind of evidence that owns."""

from collections.abc import Iterator

from benchmarks.score.figures import Tally
from benchmarks.score.worlds import ScoredWorld

BUILT_IN = ("first_touch", "last_touch", "linear", "time_decay", "position_based")

# One row per conversion of the world, campaign and model: the campaign's part of it. A data-driven model's row is its channel's
# share within the path, as it is where a path is explained; what a sponsor has no fit for is in no row of that model.
WEIGHTS = f"""
create temporary table world_weights as
with

shares as (
    select
        m.tenant_id, m.sponsor_id, m.model, m.channel, coalesce(m.share, j.share) as share
    from marts.data_driven_attribution as m
    left join marts.data_driven_attribution as j
        on
            m.tenant_id = j.tenant_id and m.sponsor_id = j.sponsor_id and m.goal_kind = j.goal_kind
            and m.granularity = j.granularity and m.model = j.model and m.currency = j.currency and m.joint_channel = j.channel
    where m.granularity = 'placement' and m.goal_kind = 'purchase' and m.verdict = 'estimated'
),

touches as (
    select
        c.tenant_id, c.conversion_id, c.campaign_id, c.value_minor, s.model, s.share + 1e-12 as share,
        sum(s.share + 1e-12) over (partition by c.tenant_id, c.conversion_id, s.model) as of_path
    from marts.attribution_credits as c
    left join app.placements as p on c.tenant_id = p.tenant_id and c.placement_id = p.placement_id
    inner join shares as s
        on
            c.tenant_id = s.tenant_id and c.sponsor_id = s.sponsor_id
            and s.channel = coalesce('placement:' || p.placement_id, 'campaign:' || c.campaign_id)
    where c.path_position > 0
),

rows as (
    select c.tenant_id, c.conversion_id, c.campaign_id, m.model, m.ppb / 1e9 as weight, m.minor::float8 as minor
    from marts.attribution_credits as c
    cross join lateral (
        values {", ".join(f"('{model}', c.{model}_ppb, c.{model}_minor)" for model in BUILT_IN)}
    ) as m (model, ppb, minor)
    where c.path_position > 0
    union all
    select v.tenant_id, v.conversion_id, v.owner_campaign_id, 'owner', 1, v.value_minor
    from marts.attribution_conversions as v
    where v.owner_touch_kind <> 'unattributed'
    union all
    select tenant_id, conversion_id, campaign_id, model, share / of_path, value_minor * share / of_path from touches
)

select
    r.tenant_id, r.conversion_id, r.campaign_id, r.model, sum(r.weight)::float8 as weight, sum(r.minor)::float8 as minor,
    o.true_campaign_id, o.owner_touch_kind
from rows as r
inner join world_orders as o on r.tenant_id = o.tenant_id and r.conversion_id = o.conversion_id
group by r.tenant_id, r.conversion_id, r.campaign_id, r.model, o.true_campaign_id, o.owner_touch_kind;
analyze world_weights;
"""
# What a model could have credited: every caused conversion, for a data-driven one those of the sponsors that it has a fit for.
CAUSED = """
with

models as (select distinct model from world_weights),

fitted as (
    select distinct tenant_id, sponsor_id, model from marts.data_driven_attribution
    where granularity = 'placement' and verdict = 'estimated'
),

caused as (
    select m.model, o.conversion_id, o.tenant_id, o.owner_touch_kind as kind, o.true_campaign_id
    from world_orders as o
    cross join models as m
    where
        o.true_campaign_id is not null and o.conversion_id is not null
        and (
            m.model not in ('markov', 'shapley')
            or exists (
                select from fitted as f where f.tenant_id = o.tenant_id and f.sponsor_id = o.sponsor_id and f.model = m.model
            )
        )
)

select c.model, coalesce(c.kind, 'all') as kind, coalesce(sum(w.weight), 0) as met, count(*) as of
from caused as c
left join world_weights as w
    on
        c.tenant_id = w.tenant_id and c.conversion_id = w.conversion_id and c.model = w.model
        and c.true_campaign_id = w.campaign_id
group by grouping sets ((c.model), (c.model, c.kind))
"""
ORDERS = """
select
    count(*) as orders,
    count(conversion_id) as reached,
    count(conversion_id) filter (where true_campaign_id is null) as organic,
    count(conversion_id) filter (where owner_touch_kind = 'unattributed') as unattributed
from world_orders
"""
ORGANIC = """
select owner_touch_kind as kind, count(*) as orders from world_orders
where conversion_id is not null and true_campaign_id is null group by owner_touch_kind
"""


def credit(world: ScoredWorld) -> Iterator[Tally]:
    """Leaves world_weights for the parts after it."""
    world.connection.execute(WEIGHTS.encode())
    for row in world.rows(CAUSED):
        if row["kind"] != "unattributed":
            yield Tally("caused_credited", row["kind"], row["model"], float(row["met"]), row["of"])
    orders = world.rows(ORDERS)[0]
    organic = {row["kind"]: row["orders"] for row in world.rows(ORGANIC)}
    for kind in ("click", "vanity", "code", "exposure"):
        yield Tally("organic_credited", kind, "owner", organic.get(kind, 0), orders["organic"])
    yield Tally("organic_credited", "all", "owner", orders["organic"] - organic.get("unattributed", 0), orders["organic"])
    caused = orders["reached"] - orders["organic"]
    yield Tally("caused_unattributed", "all", "owner", orders["unattributed"] - organic.get("unattributed", 0), caused)
    yield Tally("organic_share", "truth", "", orders["organic"], orders["reached"])
    yield Tally("organic_share", "found", "", orders["unattributed"], orders["reached"])
    yield Tally("lost_share", "all", "", orders["orders"] - orders["reached"], orders["orders"])
