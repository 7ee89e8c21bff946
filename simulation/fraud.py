"""Labelled fraud in a world that asks for it, and honest orders that look like it: without them precision would mean nothing.

Each scheme is somebody's way of working, not a rule's mirror: addresses, clocks, sizes and codes are drawn. One kind
(`proxy_farming`) leaves no trace that a shop could see, so that nothing finds all of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from simulation.addresses import datacenter_address, vpn_address
from simulation.agents import BROWSERS
from simulation.audience import make_audience
from simulation.chance import identifier, stream
from simulation.clock import DAY, HOUR, MINUTE, SECOND, iso
from simulation.events import Event, Json, Visit, money, visit_of
from simulation.model import Campaign, Person, PromoCode, Show, Sponsor
from simulation.shopping import Shopping, campaign_context, search_of

# Strangers to the audience: their own households and browsers.
STRANGERS = 200
Row = tuple[object, ...]


@dataclass(slots=True)
class Schemes:
    """What a tenant's shops see of all schemes: events, truth rows, and rows of the order export of those that were delivered."""

    tenant: int
    slug: str
    seed: int
    campaigns: list[Campaign]
    shows: tuple[Show, ...]
    window_start: int
    now: int
    people: list[Person]
    rng: Random
    events: list[Event] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    imports: dict[str, list[Row]] = field(default_factory=dict)
    count: int = 0

    def somebody(self, **changes: object) -> Person:
        """A stranger that no scheme has used."""
        self.count += 1
        person = replace(self.people[self.count], has_consent=True, clock_skew=0, uses_vpn=False, office=None, mobile_share=0.0)
        return replace(person, number=900_000 + self.count, **changes)  # type: ignore[arg-type]

    def moment(self) -> int:
        return self.rng.randrange(self.window_start + 45 * DAY, self.now - 9 * DAY)

    def live(self, moment: int) -> tuple[Campaign, PromoCode | None] | None:
        """A campaign that is on air then, with one of its codes that is valid."""
        day = moment // DAY
        on_air = [c for c in self.campaigns if c.placements and c.flight_start <= day <= c.flight_end and c.status != "cancelled"]
        if not on_air:
            return None
        campaign = self.rng.choice(on_air)
        codes = [code for code in campaign.promo_codes if code.valid_from <= day <= code.valid_to]
        return campaign, self.rng.choice(codes) if codes else None

    def visit(self, person: Person, sponsor: Sponsor, moment: int, address: str = "") -> Visit:
        visit = visit_of(self.tenant, person, sponsor, moment, "", self.rng)
        return replace(visit, address=address) if address else visit

    def click(self, visit: Visit, campaign: Campaign, moment: int) -> None:
        context = campaign_context(campaign, campaign.placements[0], self.shows)
        self.events.append(visit.page(moment, "/", search_of(context), context))

    def look(self, visit: Visit, moment: int) -> None:
        self.events.append(visit.page(moment, self.rng.choice(("/", "/products", "/cart"))))

    def order(
        self, kind: str, visit: Visit, moment: int, *, is_fraud: bool, code: PromoCode | None = None, user: str = "",
        is_real: bool = True,
    ) -> None:  # fmt: skip
        """One order; `is_real`: the shop's books have it."""
        sponsor = visit.sponsor
        number = len(self.orders)
        order_id = f"{sponsor.slug[:3].upper()}-{self.tenant}-F{number:05}"
        value = max(100, round(sponsor.basket_minor * self.rng.uniform(0.4, 1.9)))
        content: Json = {
            "order_id": order_id, sponsor.site.order_key: money(value, sponsor.currency), "currency": sponsor.currency,
        }  # fmt: skip
        if code is not None:
            content["coupon"] = code.code
        event = visit.track(moment, "Order Completed", content, "/thank-you")
        event.body["userId"] = user or identifier(self.slug, self.seed, "stranger", visit.person.number)[:13]
        self.events.append(event)
        self.orders.append(
            (self.slug, order_id, event.message_id, sponsor.sponsor_id, iso(moment), value, sponsor.currency, kind, int(is_fraud))
        )
        if is_real:
            row = (order_id, sponsor.sponsor_id, iso(moment), str(content[sponsor.site.order_key]), sponsor.currency)
            self.imports.setdefault(sponsor.sponsor_id, []).append((*row, content.get("coupon", ""), "US"))


def code_farming(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """One home and browser, its cookies cleared for each order, one code."""
    farmer = s.somebody()
    for number in range(s.rng.randrange(8, 16)):
        when = at + number * s.rng.randrange(10 * MINUTE, 8 * HOUR)
        visit = s.visit(replace(farmer, number=farmer.number + 10_000 * (number + 1)), campaign.sponsor, at, farmer.household.ipv4)
        s.look(visit, when - 3 * MINUTE)
        s.order("code_farming", visit, when, is_fraud=True, code=code)


def hosted_orders(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """Scripts on rented machines."""
    for number in range(s.rng.randrange(4, 9)):
        when = at + number * s.rng.randrange(HOUR, 9 * HOUR)
        visit = s.visit(
            s.somebody(browser=s.rng.choice(BROWSERS)), campaign.sponsor, when, datacenter_address(s.rng.randrange(9_000))
        )
        s.click(visit, campaign, when - s.rng.randrange(2, 90) * SECOND)
        s.order("hosted_orders", visit, when, is_fraud=True, is_real=False)


def click_injection(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """A page in the buyer's browser claims a sale that is being paid for: some fire a little late, or after the order."""
    for number in range(s.rng.randrange(4, 9)):
        when = at + number * s.rng.randrange(2 * HOUR, 20 * HOUR)
        visit = s.visit(s.somebody(), campaign.sponsor, when)
        s.look(visit, when - s.rng.randrange(4, 15) * MINUTE)
        s.click(visit, campaign, when - s.rng.choice((1, 1, 2, 2, 3, 4, 8, -5, -20)) * SECOND)
        s.order("click_injection", visit, when, is_fraud=True)


def click_flooding(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    visit = s.visit(s.somebody(), campaign.sponsor, at)
    for _ in range(s.rng.randrange(15, 60)):
        s.click(visit, campaign, at - s.rng.randrange(30, 3_300) * SECOND)
    s.order("click_flooding", visit, at, is_fraud=True)


def device_reuse(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """One browser signs in as ever new customers."""
    visit = s.visit(s.somebody(), campaign.sponsor, at)
    for number in range(s.rng.randrange(6, 13)):
        s.order(
            "device_reuse", visit, at + number * s.rng.randrange(HOUR, 14 * HOUR), is_fraud=True,
            user=f"new-{visit.person.number}-{number}", code=code if number % 3 == 0 else None,
        )  # fmt: skip


def burst(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    visit = s.visit(s.somebody(), campaign.sponsor, at)
    for number in range(s.rng.randrange(3, 7)):
        s.order("burst", visit, at + number * s.rng.randrange(4, 18) * SECOND, is_fraud=True, is_real=False)


def code_guessing(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    visit = s.visit(s.somebody(), campaign.sponsor, at)
    for number in range(s.rng.randrange(3, 9)):
        guess = {"coupon": f"POD{s.rng.randrange(10, 99)}{number}"}
        s.events.append(visit.track(at - (20 - number) * MINUTE, "Coupon Entered", guess, "/cart"))
    s.order("code_guessing", visit, at, is_fraud=True, code=code)


def proxy_farming(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """The same code from rented homes, each a device of its own."""
    for number in range(s.rng.randrange(3, 6)):
        when = at + number * s.rng.randrange(5 * HOUR, 20 * HOUR)
        visit = s.visit(s.somebody(), campaign.sponsor, when)
        s.look(visit, when - 6 * MINUTE)
        s.order("proxy_farming", visit, when, is_fraud=True, code=code)


def office(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """A dozen or two colleagues behind one address that no list knows, some with the code that one of them heard."""
    gateway = s.somebody().household.ipv4
    for _ in range(s.rng.randrange(12, 22)):
        when = at + s.rng.randrange(9 * HOUR)
        visit = s.visit(s.somebody(browser=s.rng.choice(BROWSERS)), campaign.sponsor, when, gateway)
        s.look(visit, when - s.rng.randrange(2, 20) * MINUTE)
        s.order("office", visit, when, is_fraud=False, code=code if s.rng.random() < 0.5 else None)


def flash_sale(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    for _ in range(s.rng.randrange(35, 60)):
        when = at + s.rng.randrange(8 * HOUR)
        visit = s.visit(s.somebody(), campaign.sponsor, when)
        if s.rng.random() < 0.5:
            s.click(visit, campaign, when - s.rng.randrange(20, 900) * SECOND)
        s.order("flash_sale", visit, when, is_fraud=False, code=code if s.rng.random() < 0.6 else None)


def family(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """Two to five of a home on one tablet, each with an account."""
    visit = s.visit(s.somebody(), campaign.sponsor, at)
    members = s.rng.randrange(2, 6)
    for number in range(s.rng.randrange(4, 9)):
        when = at + number * s.rng.randrange(12 * HOUR, 26 * HOUR)
        s.look(visit, when - 8 * MINUTE)
        s.order(
            "family", visit, when, is_fraud=False, user=f"kin-{visit.person.number}-{number % members}",
            code=code if number % 3 == 0 else None,
        )  # fmt: skip


def careful_buyers(s: Schemes, campaign: Campaign, code: PromoCode | None, at: int) -> None:
    """People who hide behind a VPN, and one whose desktop stands in a data centre."""
    for number in range(s.rng.randrange(5, 9)):
        address = vpn_address(s.rng.randrange(1_000)) if number else datacenter_address(s.rng.randrange(9_000))
        visit = s.visit(s.somebody(), campaign.sponsor, at + number * HOUR, address)
        s.look(visit, at + number * HOUR - 9 * MINUTE)
        s.order("careful_buyers", visit, at + number * HOUR, is_fraud=False)


SCHEMES = (
    code_farming, hosted_orders, click_injection, click_flooding, click_flooding, device_reuse, burst, code_guessing, code_guessing,
    proxy_farming, office, flash_sale, family, family, careful_buyers,
)  # fmt: skip


def add_schemes(
    tenant: int, slug: str, seed: int, campaigns: list[Campaign], shows: tuple[Show, ...], shopping: Shopping, window_start: int,
    now: int,
) -> list[Row]:  # fmt: skip
    """Add every scheme once to what the tenant's shops saw; returns the truth's rows, in order of the schemes.

    A scheme at whose time no campaign is on air is left out. Its own streams: nothing else of the world is drawn anew.
    """
    people = make_audience(tenant + 1 + STRANGERS, seed, 220, shows, window_start)
    schemes = Schemes(tenant, slug, seed, campaigns, shows, window_start, now, people, stream(seed, tenant, "fraud"))
    for scheme in SCHEMES:
        at = schemes.moment()
        found = schemes.live(at)
        if found is not None:
            scheme(schemes, *found, at)
    shopping.events.extend(_before(schemes.events, now))
    for sponsor_id, rows in schemes.imports.items():
        shopping.imports.setdefault(sponsor_id, []).extend(rows)
    return schemes.orders


def _before(events: list[Event], now: int) -> Iterator[Event]:
    return (event for event in events if event.moment < now)
