"""Why people buy: an exposure, with a response that saturates and comes late, or a reason of their own.

Truth is what happened (`cause`); evidence is what a perfect observer could show for it by the stated precedence:
click, vanity path, promo code, exposure (domain rules, section 4).
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

import numpy as np

from simulation.addresses import classify, household_key
from simulation.chance import stream, vector_stream
from simulation.clock import DAY, HOUR, MINUTE
from simulation.model import Campaign, Exposure, Person, Placement, PromoCode, Sponsor

# Each further exposure of the same person by the same sponsor brings 0.62 of what the one before brought.
SATURATION = 0.62
MEDIAN_DELAY_DAYS = 8.2
DELAY_SIGMA = 0.9
LONGEST_DELAY_DAYS = 45
EXPOSURE_WINDOW = 30 * DAY
CODE_GRACE_DAYS = 90


@dataclass(slots=True)
class Purchase:
    """One order. `visit` says how the buyer came: click, vanity, direct, search or coupon."""

    person: Person
    sponsor: Sponsor
    moment: int
    cause: str
    exposure: Exposure | None
    visit: str
    code: PromoCode | None
    visited: tuple[Campaign, Placement] | None
    value_minor: int
    # What it was paid in, where that is not the sponsor's own currency.
    foreign_currency: str | None = None
    number: int = 0
    seen: list[Exposure] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return self.foreign_currency or self.sponsor.currency

    @property
    def latest_exposure(self) -> Exposure | None:
        """The last ad of this sponsor that the buyer heard within 30 days before."""
        return self.seen[-1] if self.seen else None

    def is_household_visible(self, address: str) -> bool:
        """Whether a pixel that sees `address` can tie the order to a download: same household, and both from a home connection."""
        key = household_key(address)
        return classify(address) == "household" and any(
            household_key(exposure.address) == key and classify(exposure.address) == "household" for exposure in self.seen
        )

    def evidence(self, code_owner: tuple[str, str] | None) -> tuple[str, str, str]:
        """Kind, campaign and placement of the strongest evidence; empty strings where there is none."""
        if self.visited is not None and self.visit in ("click", "vanity"):
            return self.visit, self.visited[0].campaign_id, self.visited[1].placement_id
        if code_owner is not None:
            return "code", *code_owner
        if self.latest_exposure is not None:
            return "exposure", self.latest_exposure.campaign.campaign_id, self.latest_exposure.placement.placement_id
        return "", "", ""


def make_purchases(
    tenant: int,
    seed: int,
    count: int,
    people: list[Person],
    exposures: list[Exposure],
    sponsors: list[Sponsor],
    campaigns: list[Campaign],
    window_start: int,
    now: int,
) -> list[Purchase]:
    """About `count` orders in no order: six in ten caused by an exposure, as far as there are any."""
    rng = stream(seed, tenant, "purchases")
    purchases = _caused(tenant, seed, round(count * 0.6), exposures, rng, now)
    purchases += [
        organic(rng.choice(people), rng.choice(sponsors), rng, campaigns, window_start, now) for _ in range(round(count * 0.4))
    ]
    return purchases


def number_purchases(purchases: list[Purchase], exposures: list[Exposure]) -> None:
    """Put them in order of time, and give each its number and the ads of its sponsor that the buyer had heard."""
    by_person: defaultdict[tuple[int, str], list[Exposure]] = defaultdict(list)
    for exposure in exposures:
        by_person[exposure.person.number, exposure.campaign.sponsor.sponsor_id].append(exposure)
    purchases.sort(key=lambda item: (item.moment, item.person.number, item.sponsor.sponsor_id))
    for number, purchase in enumerate(purchases):
        purchase.number = number
        purchase.seen = [
            exposure
            for exposure in by_person[purchase.person.number, purchase.sponsor.sponsor_id]
            if 0 <= purchase.moment - exposure.moment <= EXPOSURE_WINDOW
        ]


def _caused(tenant: int, seed: int, count: int, exposures: list[Exposure], rng: Random, now: int) -> list[Purchase]:
    """Draw which exposures convert: the k-th of a person and sponsor with weight SATURATION^k, the delay log-normal.

    What would come after `now` has not happened yet, so that more are drawn than asked for.
    """
    if not exposures or not count:
        return []
    ranks: defaultdict[tuple[int, str], int] = defaultdict(int)
    weights = np.empty(len(exposures))
    for index, exposure in enumerate(exposures):
        key = (exposure.person.number, exposure.campaign.sponsor.sponsor_id)
        weights[index] = SATURATION ** min(ranks[key], 40)
        ranks[key] += 1
    draw = vector_stream(seed, tenant, "conversions")
    chosen = draw.choice(len(exposures), min(len(exposures), round(count * 1.25)), replace=False, p=weights / weights.sum())
    purchases = []
    for index in sorted(chosen.tolist()):
        purchases += buy_after(exposures[index], rng, now)
    return purchases


def buy_after(exposure: Exposure, rng: Random, now: int) -> list[Purchase]:
    """What an ad brings, some days later; nothing where that is still to come."""
    delay = min(LONGEST_DELAY_DAYS, MEDIAN_DELAY_DAYS * math.exp(rng.gauss(0, DELAY_SIGMA)))
    moment = exposure.moment + round(delay * DAY) + 20 * MINUTE
    return [_buy(exposure, moment, rng)] if moment < now - HOUR else []


def _buy(exposure: Exposure, moment: int, rng: Random) -> Purchase:
    """One in seven clicked a link, one in eleven typed the spoken path; codes are a fifth of what a pixel sees."""
    placement = exposure.placement
    visit = rng.choices(("click", "vanity", "direct", "search"), (14, 9, 55, 22))[0]
    if visit == "vanity" and placement.vanity_path is None:
        visit = "direct"
    code = None
    if rng.random() < 0.155:
        codes = [item for item in exposure.campaign.promo_codes if item.show == exposure.show]
        day = moment // DAY
        code = next((item for item in codes if item.valid_from <= day <= item.valid_to + CODE_GRACE_DAYS), None)
    return Purchase(
        person=exposure.person,
        sponsor=exposure.campaign.sponsor,
        moment=moment,
        cause="exposure",
        exposure=exposure,
        visit=visit,
        code=code,
        visited=(exposure.campaign, placement) if visit in ("click", "vanity") else None,
        value_minor=_basket(exposure.campaign.sponsor, rng),
    )


def organic(person: Person, sponsor: Sponsor, rng: Random, campaigns: list[Campaign], window_start: int, now: int) -> Purchase:
    """A purchase that no ad caused. One in sixteen bears a code leaked to a coupon site."""
    moment = rng.randrange(window_start + DAY, now - HOUR)
    day = moment // DAY
    code = None
    if rng.random() < 1 / 16:
        codes = [
            code
            for campaign in campaigns
            if campaign.sponsor is sponsor and campaign.status not in ("draft", "cancelled")
            for code in campaign.promo_codes
            if code.valid_from <= day <= code.valid_to
        ]
        code = rng.choice(codes) if codes else None
    return Purchase(
        person=person,
        sponsor=sponsor,
        moment=moment,
        cause="organic",
        exposure=None,
        visit="coupon" if code else rng.choice(("direct", "search", "search")),
        code=code,
        visited=None,
        value_minor=_basket(sponsor, rng),
    )


def _basket(sponsor: Sponsor, rng: Random) -> int:
    """Log-normal around the sponsor's usual basket, to the minor unit: amounts that do not divide evenly."""
    return max(100, round(sponsor.basket_minor * math.exp(rng.gauss(0, 0.45))))
