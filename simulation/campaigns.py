"""Campaigns: who made them and when, where their ads lie, what they cost, which codes and paths belong to them."""

from dataclasses import replace
from random import Random

from simulation.chance import identifier, stream
from simulation.clock import DAY, MINUTE, iso
from simulation.model import Campaign, Placement, PromoCode, Show, Sponsor
from simulation.specs import TenantSpec
from simulation.users import User

POSITIONS = ("pre_roll", "mid_roll", "mid_roll", "post_roll")
# Start of the four ad slots as a share of the show's usual length; the last ends before the shortest full episode does.
SLOT_SHARES = (0.0, 0.35, 0.55, 0.80)
REQUESTS_PER_SESSION = 2.03
THEMES = ("spring launch", "new listeners", "always on", "bundle offer", "season push")
# Of the campaigns on air, the second and every fifth after it has its first placement for a share of the revenue.
SHARED = slice(1, None, 5)
SHARE_RATES = ("0.12", "0.08", "0.2")


def make_campaigns(
    spec: TenantSpec, seed: int, now: int, window_start: int, users: list[User], sponsors: list[Sponsor], shows: tuple[Show, ...]
) -> list[Campaign]:
    """One campaign for each user who got that far, in order of creation; `spec.flights` of them run, the others stay drafts."""
    rng = stream(seed, spec.slug, "campaigns")
    makers = sorted((user for user in users if user.first_campaign_at is not None), key=lambda user: user.first_campaign_at or 0)
    running = set(rng.sample(range(1, len(makers)), min(spec.flights, len(makers)) - 1)) | {0}
    taken: dict[tuple[int, int], int] = {}
    campaigns = []
    for number, user in enumerate(makers):
        created_at = user.first_campaign_at or 0
        start = max(created_at // DAY + rng.randrange(2, 10), window_start // DAY)
        end = start + rng.choice((13, 20, 27, 34))
        if number == max(running):  # something is always on air, whatever the seed
            start = max(created_at // DAY, min(start, now // DAY - 12))
            end = now // DAY + 9
        sponsor = sponsors[number % len(sponsors)] if number in running else rng.choice(sponsors)
        campaign = Campaign(
            campaign_id=identifier(seed, spec.slug, "campaign", number),
            sponsor=sponsor,
            name=f"{sponsor.name}: {THEMES[number % len(THEMES)]} {number + 1}",
            status="draft",
            flight_start=start,
            flight_end=end,
            utm_campaign=f"{sponsor.slug}-{number + 1:02}",
            created_by=user.user_id,
            created_at=created_at,
        )
        if number in running:
            campaign.status = "active"
            _place(campaign, number, spec, seed, shows, {} if number == max(running) else taken, rng)
        elif rng.random() < 0.4:  # planned for some day to come, and then left lying
            campaign.flight_start = now // DAY + rng.randrange(5, 40)
            campaign.flight_end = campaign.flight_start + 27
            _place(campaign, number, spec, seed, shows, {}, rng)
        campaigns.append(campaign)
    if spec.is_varied:
        _share_revenue([campaign for campaign in campaigns if campaign.status == "active" and campaign.placements][SHARED])
    return campaigns


def _share_revenue(campaigns: list[Campaign]) -> None:
    for number, campaign in enumerate(campaigns):
        rate = SHARE_RATES[number % len(SHARE_RATES)]
        campaign.placements[0] = replace(campaign.placements[0], price_model="revenue_share", price_minor=0, share_rate=rate)


def _place(
    campaign: Campaign,
    number: int,
    spec: TenantSpec,
    seed: int,
    shows: tuple[Show, ...],
    taken: dict[tuple[int, int], int],
    rng: Random,
) -> None:
    """Give the campaign one to three placements in slots that nobody else has on those days, each with a code or a path."""
    order = rng.sample(range(len(shows)), len(shows))
    for show in order[: rng.choice((1, 1, 2, 3))]:
        free = [slot for slot in range(4) if taken.get((show, slot), 0) <= campaign.flight_start]
        if not free and (campaign.placements or show != order[0]):
            continue
        slot = rng.choice(free or range(4))  # a campaign with no slot of its own shares one, as inserted ads do
        taken[show, slot] = campaign.flight_end + 1
        placement = make_placement(campaign, number, spec, seed, shows, show, slot, rng)
        campaign.placements.append(placement)
        word = shows[show].slug.split("-")[0].upper()
        campaign.promo_codes.append(
            PromoCode(
                code_id=identifier(placement.placement_id, "code"),
                campaign_id=campaign.campaign_id,
                placement_id=placement.placement_id if rng.random() < 0.8 else None,
                show=show,
                code=f"{word}-{campaign.sponsor.slug[:3].upper()}{number + 1:02}",
                valid_from=campaign.flight_start,
                valid_to=campaign.flight_end,
            )
        )


def make_placement(
    campaign: Campaign, number: int, spec: TenantSpec, seed: int, shows: tuple[Show, ...], show: int, slot: int, rng: Random
) -> Placement:
    """An ad in one of the show's four slots for the campaign's flight, at a price a thousand or for the whole of it."""
    insertion = "dynamic" if rng.random() < 0.6 else "baked_in"
    guids: tuple[str, ...] | None = None
    if insertion == "baked_in" and rng.random() < 0.5:
        flight = [e.guid for e in shows[show].episodes if campaign.flight_start <= e.published_at // DAY <= campaign.flight_end]
        guids = tuple(flight[: max(1, len(flight) // 2)]) or None
    share = shows[show].weight / sum(item.weight for item in shows)
    days = campaign.flight_end - campaign.flight_start + 1
    expected = spec.requests / REQUESTS_PER_SESSION / 90 * days * share * (0.74 if insertion == "dynamic" else 0.58)
    contracted = max(10, round(expected * (0.5 if guids else 1) * rng.uniform(0.75, 1.3)))
    cpm = rng.randrange(2_200, 4_800, 50)
    is_flat = rng.random() < 0.3
    return Placement(
        placement_id=identifier(seed, spec.slug, "placement", number, show, slot),
        campaign_id=campaign.campaign_id,
        show=show,
        position=POSITIONS[slot],
        insertion=insertion,
        ad_start_s=round(shows[show].base_duration_s * SLOT_SHARES[slot]) or 8,
        ad_duration_s=rng.choice((30, 45, 60)),
        flight_start=campaign.flight_start,
        flight_end=campaign.flight_end,
        price_model="flat" if is_flat else "cpm",
        price_minor=max(1, cpm * contracted // 1_000) if is_flat else cpm,
        contracted_ads=contracted,
        episode_guids=guids,
        vanity_path=f"/{shows[show].slug.split('-')[0]}{number + 1}" if rng.random() < 0.6 else None,
    )


def finish_campaigns(campaigns: list[Campaign], seed: int, now: int) -> dict[str, int | None]:
    """Settle each campaign's status and its history; returns for each the moment of its final report, None where there is none.

    A campaign is completed when its flight has ended and its final report was generated (domain rules, section 9).
    """
    finals: dict[str, int | None] = {}
    latest = [campaign for campaign in campaigns if campaign.status == "active"][-1:]
    for campaign in campaigns:
        rng = stream(seed, campaign.campaign_id, "course")
        finals[campaign.campaign_id] = None
        is_booked = campaign.status == "active"
        _change(campaign, None, "draft", "created", campaign.created_at)
        if not is_booked:
            if rng.random() < 0.12:
                _change(
                    campaign,
                    "draft",
                    "cancelled",
                    "the sponsor withdrew",
                    min(now, campaign.created_at + rng.randrange(1, 5) * DAY),
                )
            continue
        activated_at = min(
            now, max(campaign.created_at + 20 * MINUTE, campaign.flight_start * DAY - rng.randrange(1, 30) * 60 * MINUTE)
        )
        _change(campaign, "draft", "active", "flight booked", activated_at)
        ended_at = (campaign.flight_end + 1) * DAY
        final_at = ended_at + rng.randrange(6 * 60, 5 * 1_440) * MINUTE
        if ended_at < now and final_at < now and rng.random() < 0.88:
            finals[campaign.campaign_id] = final_at
            _change(campaign, "active", "completed", "flight ended and final report generated", final_at + 2_000)
        elif ended_at > now > activated_at + 3 * DAY and rng.random() < 0.25 and campaign not in latest:
            _change(campaign, "active", "paused", "stock ran out", now - rng.randrange(1, 40) * 60 * MINUTE)
    return finals


def _change(campaign: Campaign, before: str | None, after: str, reason: str, moment: int) -> None:
    campaign.status = after
    campaign.status_history.append({"from_status": before, "to_status": after, "reason": reason, "changed_at": iso(moment)})
