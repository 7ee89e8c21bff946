"""A demo that stays alive: every so often a listener lands on a sponsor's shop through a campaign's link and buys."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulation.chance import identifier, stream
from simulation.clock import SECOND, iso
from simulation.replay import ReplayError, Shipment, send
from simulation.sponsors import MINOR_UNITS
from simulation.wire import Wire

EVERY_SECONDS = 20.0
# Of that time, between a landing and its order: who buys within seconds of a click is taken for a fraud.
CONSIDERING = 0.6


def live(
    world: Path,
    collector: str,
    progress: Callable[[str], None] = lambda line: None,
    every: float = EVERY_SECONDS,
    orders: int | None = None,
) -> int:
    """Send a page view and an order every `every` seconds, until killed or `orders` times; returns how many orders were sent.

    Raises ReplayError where one of `orders` is refused; without an end to it, the fault is told to `progress` and it goes on.
    """
    tenant = json.loads((Path(world) / "app.json").read_text("utf-8"))["tenants"][0]
    campaigns = [item for item in tenant["campaigns"] if item["status"] == "active" and item["placements"]]
    if not campaigns:
        raise ReplayError(f"found no active campaign of {tenant['slug']} in {world}, expected one to send orders for")
    sites = {site["sponsor_id"]: site for site in tenant["sites"]}
    sent = 0
    with Wire(collector) as wire:
        while orders is None or sent < orders:
            campaign = campaigns[sent % len(campaigns)]
            landed = round(time.time() * SECOND)
            for step, make in enumerate((make_landing, make_order)):
                time.sleep(step * every * CONSIDERING)
                fault = send(wire, make(campaign, sites[campaign["sponsor_id"]], landed, round(time.time() * SECOND)))
                if fault is not None and orders is not None:
                    raise ReplayError(f"{collector}: {fault}")
                if fault is not None:  # a demo outlives its collector's restart
                    progress(f"{collector}: {fault}")
            sent += 1
            progress(f"order {sent} for {campaign['name']}")
            if orders is None or sent < orders:
                time.sleep(every * (1 - CONSIDERING))
    return sent


def make_landing(campaign: dict[str, Any], site: dict[str, Any], landed: int, moment: int) -> Shipment:
    """A landing by the campaign's link at `moment`, of the visitor who is made of `landed`: somebody never seen before."""
    context = {
        "page": _page(campaign, site),
        "campaign": {"source": "podcast", "medium": "podcast", "name": campaign["utm_campaign"]},
    }
    body = {"type": "page", "name": "Home", "properties": context["page"], "context": context, "timestamp": iso(moment)}
    return _shipment("/v1/page", body, site, campaign, landed)


def make_order(campaign: dict[str, Any], site: dict[str, Any], landed: int, moment: int) -> Shipment:
    """That visitor's order, at `moment`."""
    rng = stream("live", campaign["campaign_id"], landed)
    order = {
        "order_id": f"LIVE-{landed}",
        "value": rng.randrange(20, 160) + (0.5 if MINOR_UNITS.get(campaign["currency"], 100) == 100 else 0),
        "currency": campaign["currency"],
    }
    context = {"page": _page(campaign, site)}
    body = {"type": "track", "event": "Order Completed", "properties": order, "context": context, "timestamp": iso(moment)}
    return _shipment("/v1/track", body, site, campaign, landed)


def _page(campaign: dict[str, Any], site: dict[str, Any]) -> dict[str, str]:
    query = f"?utm_source=podcast&utm_medium=podcast&utm_campaign={campaign['utm_campaign']}"
    return {"url": f"https://{site['domain']}/{query}", "path": "/", "search": query, "referrer": "", "title": "Home"}


def _shipment(route: str, body: dict[str, Any], site: dict[str, Any], campaign: dict[str, Any], landed: int) -> Shipment:
    rng = stream("live address", campaign["campaign_id"], landed)
    address = f"98.{rng.randrange(200, 255)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    visitor = identifier("live", campaign["campaign_id"], landed)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"
    body |= {"messageId": f"live-{visitor}-{body['type']}", "anonymousId": visitor, "userId": None, "writeKey": site["write_key"]}
    text = json.dumps(body, separators=(",", ":"))
    return Shipment(route, site["write_key"], address, agent, f"https://{site['domain']}", False, 0, (text,))
