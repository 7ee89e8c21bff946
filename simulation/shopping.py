"""Visits to the sponsors' shops: those that end in an order, and the many that do not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from simulation.chance import stream
from simulation.clock import DAY, HOUR, MINUTE, SECOND, iso
from simulation.events import Event, Followed, Json, Visit, money, server_event, visit_of
from simulation.model import Campaign, Exposure, Person, Placement, Show, Sponsor
from simulation.purchases import Purchase

PATHS = ("/", "/products", "/products/classic", "/products/travel", "/about", "/reviews", "/cart")
REFERRERS = {
    "search": "https://www.google.com/",
    "coupon": "https://couponhive.example/northpeak",
    "click": "",
    "vanity": "",
    "direct": "",
}
REFUND_SHARE = 0.05
LEAKED_FORMS = (
    str.lower,
    str.upper,
    lambda code: code.replace("-", " "),
    lambda code: code.replace("-", ""),
    lambda code: f" {code} ",
)


@dataclass(slots=True)
class Shopping:
    """What a tenant's shops saw: events, and the truth of orders and refunds as rows of the truth files."""

    events: list[Event] = field(default_factory=list)
    orders: list[tuple[object, ...]] = field(default_factory=list)
    refunds: list[tuple[object, ...]] = field(default_factory=list)
    imports: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)


def shop(
    tenant: int,
    slug: str,
    seed: int,
    purchases: list[Purchase],
    exposures: list[Exposure],
    people: list[Person],
    sponsors: list[Sponsor],
    shows: tuple[Show, ...],
    events: int,
    window_start: int,
    now: int,
) -> Shopping:
    """All events of a tenant's shops, about `events` of them, in no order; orders in order of time."""
    rng = stream(seed, tenant, "shopping")
    result = Shopping()
    for purchase in purchases:
        _buy(tenant, slug, purchase, shows, rng, result, window_start, now)
    while len(result.events) < events:
        sponsor = rng.choice(sponsors)
        moment = rng.randrange(window_start + DAY, now - HOUR)
        if exposures and rng.random() < 0.35:
            # Listeners who look and do not buy: through a link, a spoken path, or straight.
            seen = rng.choice(exposures)
            at = min(seen.moment + round(rng.expovariate(1 / (3 * DAY))) + HOUR, now - HOUR)
            result.events.extend(_look(tenant, seen.person, seen.campaign.sponsor, at, (seen.campaign, seen.placement), shows, rng))
        else:
            result.events.extend(_look(tenant, rng.choice(people), sponsor, moment, None, shows, rng))
    return result


def campaign_context(campaign: Campaign, placement: Placement, shows: tuple[Show, ...]) -> Json:
    """What a marked link says of where it stood."""
    return {"source": shows[placement.show].slug, "medium": "podcast", "name": campaign.utm_campaign, "content": placement.position}


def search_of(context: Json) -> str:
    return "?" + "&".join(f"utm_{'campaign' if key == 'name' else key}={value}" for key, value in context.items())


def _look(
    tenant: int,
    person: Person,
    sponsor: Sponsor,
    moment: int,
    ad: tuple[Campaign, Placement] | None,
    shows: tuple[Show, ...],
    rng: Random,
) -> Iterator[Event]:
    referrer = rng.choice(("", "https://www.google.com/", "https://news.example/"))
    visit = visit_of(tenant, person, sponsor, moment, referrer, rng)
    way = rng.choices(("click", "vanity", "direct"), (40, 20, 40))[0] if ad else "direct"
    yield _landing(visit, moment, way, ad, shows, rng)
    for step in range(1, rng.choices((1, 2, 3, 5), (40, 30, 20, 10))[0]):
        at = moment + step * rng.randrange(8, 90) * SECOND
        path = rng.choice(PATHS)
        yield visit.page(at, path)
        if path.startswith("/products/") and rng.random() < 0.6:
            yield visit.track(at + 900, "Product Viewed", {"product_id": path.rsplit("/", 1)[1], "category": "shop"}, path)
    if rng.random() < 0.02:
        yield visit.track(moment + 5 * MINUTE, "Signed Up", {"method": "email"}, "/account")
    elif rng.random() < 0.015:
        yield visit.track(moment + 4 * MINUTE, "Lead Generated", {"form": "wholesale"}, "/contact")


def _landing(
    visit: Visit, moment: int, way: str, ad: tuple[Campaign, Placement] | None, shows: tuple[Show, ...], rng: Random
) -> Event:
    if ad is not None and (way == "click" or (way == "vanity" and ad[1].vanity_path)):
        if way == "click":
            context = campaign_context(*ad, shows)
            event = visit.page(moment, rng.choice(("/", "/podcast", "/products")), search_of(context), context)
        else:
            event = visit.page(moment, ad[1].vanity_path or "/")
        event.followed = Followed(way, visit.person.name, ad[0].campaign_id, ad[1].placement_id)
        return event
    if visit.referrer.startswith("https://www.google") and rng.random() < 0.2:
        other = {"source": "google", "medium": "cpc", "name": "brand-search"}
        return visit.page(moment, "/", search_of(other), other)
    return visit.page(moment, rng.choice(PATHS[:4]))


def _buy(
    tenant: int, slug: str, purchase: Purchase, shows: tuple[Show, ...], rng: Random, result: Shopping, window_start: int, now: int
) -> None:
    person, sponsor, moment = purchase.person, purchase.sponsor, purchase.moment
    visit = visit_of(tenant, person, sponsor, moment, REFERRERS[purchase.visit], rng)
    arrived = max(window_start, moment - rng.randrange(2, 25) * MINUTE)
    events = result.events
    if purchase.visited is not None and rng.random() < 0.3:
        # The click came days before the order, which then came straight.
        earlier = max(purchase.exposure.moment + HOUR if purchase.exposure else window_start, moment - rng.randrange(1, 6) * DAY)
        earlier = min(earlier, arrived)
        first = visit_of(tenant, person, sponsor, earlier, "", rng)
        events.append(_landing(first, earlier, purchase.visit, purchase.visited, shows, rng))
        events.append(_landing(visit, arrived, "direct", None, shows, rng))
    else:
        events.append(_landing(visit, arrived, purchase.visit, purchase.visited, shows, rng))
    for step in range(1, rng.randrange(1, 4)):
        events.append(visit.page(arrived + (moment - arrived) * step // 4, rng.choice(PATHS)))
    order_id = f"{sponsor.slug[:3].upper()}-{tenant}-{100_000 + purchase.number}"
    user_id = f"u-{tenant}-{person.number}"
    order: Json = {
        "order_id": order_id,
        sponsor.site.order_key: money(purchase.value_minor, purchase.currency),
        "currency": purchase.currency,
    }
    if purchase.code is not None:
        order["coupon"] = rng.choice(LEAKED_FORMS)(purchase.code.code)
        if rng.random() < 0.5:
            events.append(
                visit.track(moment - 20 * SECOND, "Coupon Applied", {"coupon": order["coupon"], "order_id": order_id}, "/cart")
            )
    if sponsor.site.sends_from_server:
        event = server_event(sponsor, moment, "Order Completed", order, visit, user_id, rng)
        if rng.random() < 0.06:  # the shop's page reports the same order too: one conversion, two messages
            events.append(visit.track(moment + 3 * SECOND, "Order Completed", dict(order), "/thank-you"))
    else:
        event = visit.track(moment, "Order Completed", order, "/thank-you")
    events.append(event)
    if rng.random() < 0.5:
        events.append(visit.identify(moment + 5 * SECOND, user_id))
    if rng.random() < 0.25:
        answers = (
            ("podcast", "podcast", "friend", "search")
            if purchase.cause == "exposure"
            else ("search", "friend", "social", "podcast")
        )
        question = {"question": "How did you hear about us?", "answer": rng.choice(answers), "order_id": order_id}
        events.append(visit.track(moment + 40 * SECOND, "Survey Answered", question, "/thank-you"))
    # A lost beacon is decided here, because the order's truth says whether it arrived.
    event.is_lost = not event.is_server and rng.random() < 0.012
    result.orders.append(_truth(slug, purchase, order_id, event, str(order.get("coupon", "")), visit))
    import_row = (
        order_id,
        sponsor.sponsor_id,
        iso(moment),
        str(order[sponsor.site.order_key]),
        purchase.currency,
        order.get("coupon", "").strip(),
        "US",
    )
    result.imports.setdefault(sponsor.sponsor_id, []).append(import_row)
    if rng.random() < REFUND_SHARE:
        _refund(slug, purchase, order_id, visit, user_id, rng, result, now)


def _refund(
    slug: str, purchase: Purchase, order_id: str, visit: Visit, user_id: str, rng: Random, result: Shopping, now: int
) -> None:
    """A third of the refunds give back a part of the order only."""
    sponsor = purchase.sponsor
    moment = purchase.moment + rng.randrange(1, 15) * DAY
    if moment >= now - HOUR:
        return
    value = purchase.value_minor if rng.random() < 0.67 else max(1, purchase.value_minor // 3)
    content = {"order_id": order_id, sponsor.site.order_key: money(value, purchase.currency), "currency": purchase.currency}
    event = server_event(sponsor, moment, "Order Refunded", content, visit, user_id, rng)
    if not sponsor.site.sends_from_server:
        later = visit_of(visit.tenant, visit.person, sponsor, moment, "", rng)
        event = later.track(moment, "Order Refunded", content, "/account/returns")
    result.events.append(event)
    result.refunds.append((slug, order_id, event.message_id, iso(moment), value, 1))


def _truth(slug: str, purchase: Purchase, order_id: str, event: Event, code: str, visit: Visit) -> tuple[object, ...]:
    owner = None
    if purchase.code is not None and purchase.code.placement_id is not None:
        owner = (purchase.code.campaign_id, purchase.code.placement_id)
    elif purchase.code is not None:
        owner = (purchase.code.campaign_id, "")
    caused_by = purchase.exposure.campaign.campaign_id if purchase.exposure else ""
    return (
        slug, order_id, event.message_id, purchase.person.name, iso(purchase.moment), purchase.value_minor, purchase.cause,
        caused_by,
        *purchase.evidence(owner), purchase.currency, purchase.sponsor.sponsor_id, code,
        iso(purchase.exposure.moment) if purchase.exposure else "", int(not event.is_lost), int(purchase.person.has_consent),
        int(purchase.person.has_consent and purchase.is_household_visible(visit.address)),
    )  # fmt: skip
