"""Events as Segment's clients send them: bodies, who sent them from where, and when they went out."""

from dataclasses import dataclass
from random import Random
from typing import Any

from simulation.audience import address_of
from simulation.chance import identifier
from simulation.clock import DAY, HOUR, MINUTE, SECOND, iso
from simulation.model import Person, Sponsor
from simulation.sponsors import MINOR_UNITS

Json = dict[str, Any]
ROUTES = {"page": "/v1/page", "track": "/v1/track", "identify": "/v1/identify"}
SERVER_AGENT = "analytics-node/2.1.0"
OPTED_OUT = ({"gpc": True}, {"consent": {"categoryPreferences": {"Advertising": False, "Analytics": False}}})


@dataclass(frozen=True, slots=True)
class Followed:
    """What brought somebody to a shop: an ad's marked link (`click`) or its spoken path (`vanity`)."""

    way: str
    person: str
    campaign_id: str
    placement_id: str


@dataclass(slots=True)
class Event:
    """One event: `moment` is the true time, `delay` how much later it was sent, `is_lost` that it never was.

    `followed` is set on the landing of somebody who came by an ad's link or path.
    """

    sponsor: Sponsor
    moment: int
    delay: int
    clock_skew: int
    address: str
    agent: str
    is_server: bool
    body: Json
    is_lost: bool = False
    is_invalid: bool = False
    followed: "Followed | None" = None

    @property
    def message_id(self) -> str:
        return str(self.body.get("messageId", ""))


@dataclass(slots=True)
class Visit:
    """One person's stay on one shop: all its events share address, browser and anonymous id."""

    tenant: int
    person: Person
    sponsor: Sponsor
    address: str
    referrer: str
    rng: Random

    @property
    def anonymous_id(self) -> str:
        return identifier(self.tenant, self.person.number, self.sponsor.sponsor_id, "anonymous")

    def page(self, moment: int, path: str, search: str = "", campaign: Json | None = None) -> Event:
        url = f"https://{self.sponsor.site.domain}{path}{search}"
        title = path.strip("/").replace("/", " ").title() or "Home"
        properties: Json = {"url": url, "path": path, "search": search, "referrer": self.referrer, "title": title}
        return self._event("page", moment, {"name": title, "properties": properties}, properties, campaign)

    def track(self, moment: int, name: str, properties: Json, path: str = "/") -> Event:
        page = {
            "url": f"https://{self.sponsor.site.domain}{path}",
            "path": path,
            "search": "",
            "referrer": self.referrer,
            "title": name,
        }
        return self._event("track", moment, {"event": name, "properties": properties}, page, None)

    def identify(self, moment: int, user_id: str) -> Event:
        page = {
            "url": f"https://{self.sponsor.site.domain}/account",
            "path": "/account",
            "search": "",
            "referrer": "",
            "title": "Account",
        }
        event = self._event("identify", moment, {"traits": {"plan": "guest", "newsletter": self.rng.random() < 0.4}}, page, None)
        event.body["userId"] = user_id
        return event

    def _event(self, kind: str, moment: int, content: Json, page: Json, campaign: Json | None) -> Event:
        context: Json = {
            "page": page,
            "userAgent": self.person.browser,
            "locale": "en-US",
            "library": {"name": "analytics.js", "version": "npm:next-1.70.0"},
        }
        if campaign:
            context["campaign"] = campaign
        if not self.person.has_consent:
            context |= OPTED_OUT[self.person.number % 2]
        skew = self.person.clock_skew
        body: Json = {
            "type": kind,
            "messageId": f"ajs-next-{moment}-{identifier(kind, self.anonymous_id, moment, len(page), self.rng.random())}",
            "anonymousId": self.anonymous_id,
            "userId": None,
            **content,
            "context": context,
            "integrations": {},
            "timestamp": iso(moment + skew),
            "writeKey": self.sponsor.site.write_key,
        }
        return Event(self.sponsor, moment, _delay(self.rng), skew, self.address, self.person.browser, False, body)


def visit_of(tenant: int, person: Person, sponsor: Sponsor, moment: int, referrer: str, rng: Random) -> Visit:
    return Visit(tenant, person, sponsor, address_of(person, None, moment, rng), referrer, rng)


def server_event(sponsor: Sponsor, moment: int, name: str, properties: Json, visit: Visit, user_id: str, rng: Random) -> Event:
    """What the shop's own server reports: the buyer's address stands in the context, the connection's is a data centre's."""
    context: Json = {
        "library": {"name": "@segment/analytics-node", "version": "2.1.0"},
        "ip": visit.address,
        "userAgent": visit.person.browser,
    }
    if not visit.person.has_consent:
        context |= OPTED_OUT[visit.person.number % 2]
    body: Json = {
        "type": "track",
        "event": name,
        "messageId": f"node-next-{moment}-{identifier(name, user_id, moment, properties.get('order_id'))}",
        "anonymousId": visit.anonymous_id,
        "userId": user_id,
        "properties": properties,
        "context": context,
        "integrations": {},
        "timestamp": iso(moment + 350),
    }
    return Event(sponsor, moment, rng.randrange(1, 20) * SECOND, 350, "52.20.7.9", SERVER_AGENT, True, body)


def _delay(rng: Random) -> int:
    """Mostly under three seconds; one in thirty waits for hours or days in a sleeping phone."""
    if rng.random() < 1 / 30:
        return rng.choice((rng.randrange(MINUTE, 6 * HOUR), rng.randrange(6 * HOUR, 2 * DAY)))
    return rng.randrange(150, 3_000)


def money(value_minor: int, currency: str) -> float | int:
    """The amount as a shop writes it into JSON: a decimal number of whole units."""
    units = MINOR_UNITS[currency]
    return value_minor if units == 1 else round(value_minor / units, 2)
