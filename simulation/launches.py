"""A launch: a campaign for what people buy often, whose effect is large enough to be seen; and every campaign's true lift."""

from collections import defaultdict
from dataclasses import replace
from random import Random

from simulation.campaigns import make_placement
from simulation.chance import identifier, stream
from simulation.clock import DAY, HOUR
from simulation.model import Campaign, Exposure, Person, PromoCode, Show, Sponsor
from simulation.purchases import SATURATION, Purchase, buy_after, organic
from simulation.specs import LaunchSpec, TenantSpec
from simulation.users import User

# Behind the numbers of all other campaigns of a tenant, in names and codes.
NUMBER = 99
MID_ROLL = 1
FOUR_WEEKS = 28 * DAY


def make_launch(
    spec: TenantSpec, launch: LaunchSpec, seed: int, now: int, user: User, sponsor: Sponsor, shows: tuple[Show, ...]
) -> Campaign:
    """The campaign, on air by dynamic insertion on its one show."""
    rng = stream(seed, spec.slug, "launch")
    start = now // DAY - launch.begins_days
    campaign = Campaign(
        campaign_id=identifier(seed, spec.slug, "launch"),
        sponsor=sponsor,
        name=f"{sponsor.name}: launch in {shows[launch.show].slug}",
        status="active",
        flight_start=start,
        flight_end=start + launch.days - 1,
        utm_campaign=f"{sponsor.slug}-launch",
        created_by=user.user_id,
        created_at=(start - 3) * DAY + 9 * HOUR,
    )
    placement = make_placement(campaign, NUMBER, spec, seed, shows, launch.show, MID_ROLL, rng)
    campaign.placements.append(replace(placement, insertion="dynamic", episode_guids=None))
    campaign.promo_codes.append(
        PromoCode(
            code_id=identifier(placement.placement_id, "code"), campaign_id=campaign.campaign_id,
            placement_id=placement.placement_id, show=launch.show, code=f"LAUNCH-{sponsor.slug[:3].upper()}{NUMBER}",
            valid_from=campaign.flight_start, valid_to=campaign.flight_end,
        )
    )  # fmt: skip
    return campaign


def launch_purchases(
    launch: LaunchSpec, campaign: Campaign, seed: int, people: list[Person], exposures: list[Exposure], window_start: int, now: int
) -> list[Purchase]:
    """Every order of the launch's sponsor: what people buy anyway, and what each ad brought (a person's k-th the less)."""
    rng = stream(seed, campaign.campaign_id, "purchases")
    anyway = round(launch.monthly * len(people) * (now - window_start) / FOUR_WEEKS)
    found = [organic(rng.choice(people), campaign.sponsor, rng, [campaign], window_start, now) for _ in range(anyway)]
    heard: defaultdict[int, int] = defaultdict(int)
    for exposure in exposures:
        if exposure.campaign is campaign:
            found += _brought(exposure, launch.effect * SATURATION ** heard[exposure.person.number], rng, now)
            heard[exposure.person.number] += 1
    return found


def _brought(exposure: Exposure, rate: float, rng: Random, now: int) -> list[Purchase]:
    return buy_after(exposure, rng, now) if rng.random() < rate else []


def lift_rows(
    slug: str, campaigns: list[Campaign], exposures: list[Exposure], purchases: list[Purchase], now: int
) -> list[tuple[object, ...]]:
    """One row per campaign that somebody heard: of the homes whose four weeks since their first ad are over, the orders of its
    sponsor in these weeks, those that its ads caused, and these over the others."""
    first: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for exposure in exposures:
        first[exposure.campaign.campaign_id].setdefault(exposure.person.household.ipv4, exposure.moment)
    bought: defaultdict[str, list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        bought[purchase.sponsor.sponsor_id].append(purchase)
    rows: list[tuple[object, ...]] = []
    for campaign in campaigns:
        homes = {home: at for home, at in first[campaign.campaign_id].items() if at + FOUR_WEEKS <= now}
        orders = [
            purchase
            for purchase in bought[campaign.sponsor.sponsor_id]
            if (at := homes.get(purchase.person.household.ipv4)) is not None and 0 <= purchase.moment - at < FOUR_WEEKS
        ]
        caused = sum(order.exposure is not None and order.exposure.campaign is campaign for order in orders)
        if homes:
            others = len(orders) - caused
            rows.append((slug, campaign.campaign_id, len(homes), len(orders), caused, round(caused / others, 6) if others else ""))
    return rows
