"""How events reach the collector: late, twice, out of order, or never; and the few that no collector can take."""

import json
from collections.abc import Iterator
from pathlib import Path

from simulation.chance import identifier, stream
from simulation.clock import HOUR, MINUTE, SECOND, iso
from simulation.events import ROUTES, SERVER_AGENT, Event, Json
from simulation.model import Sponsor

DUPLICATE_SHARE = 0.02
LOST_SHARE = 0.012


def deliver(events: list[Event], seed: int, tenant: int, now: int) -> tuple[list[tuple[int, Event]], list[Event]]:
    """What was sent when, in that order, duplicates included; and what never was. Nothing is sent after `now`."""
    rng = stream(seed, tenant, "delivery")
    sent: list[tuple[int, Event]] = []
    lost: list[Event] = []
    for event in events:
        is_order = event.body.get("event") in ("Order Completed", "Order Refunded")
        if event.is_lost or (not is_order and not event.is_invalid and not event.is_server and rng.random() < LOST_SHARE):
            event.is_lost = True
            lost.append(event)
            continue
        at = min(event.moment + event.delay, now)
        sent.append((at, event))
        if not event.is_invalid and rng.random() < DUPLICATE_SHARE:
            # A client that saw no answer sends the same message again, at once or when it is next online.
            sent.append((min(now, at + rng.choice((2 * SECOND, 30 * SECOND, 9 * HOUR))), event))
    sent.sort(key=lambda item: (item[0], item[1].message_id))
    return sent, lost


def invalid_events(sponsor: Sponsor, seed: int, tenant: int, now: int) -> list[tuple[Event, str]]:
    """Events that belong into quarantine, each with its reason. Servers send them, in batches with good neighbours."""
    context: Json = {"library": {"name": "analytics-python", "version": "2.3.2"}}
    base: Json = {
        "type": "track",
        "event": "Order Completed",
        "context": context,
        "properties": {"order_id": "X-1", "value": 10, "currency": "USD"},
    }
    made: list[tuple[Event, str]] = []
    bodies: tuple[tuple[Json, str], ...] = (
        ({**base, "messageId": f"py-{identifier(seed, tenant, 'anon')}"}, "neither userId nor anonymousId"),
        ({**base, "messageId": "x" * 130 + str(tenant), "userId": "u-1"}, "messageId over 100 characters"),
        ({**base, "messageId": f"py-{identifier(seed, tenant, 'kind')}", "type": "telepathy", "userId": "u-1"}, "unknown type"),
        ({**base, "messageId": f"py-{identifier(seed, tenant, 'event')}", "event": None, "userId": "u-1"}, "track without event"),
    )
    for number, (body, reason) in enumerate(bodies):
        moment = now - (number + 2) * 7 * HOUR
        body["timestamp"] = iso(moment)
        made.append((Event(sponsor, moment, MINUTE, 0, "52.20.7.9", SERVER_AGENT, True, body, is_invalid=True), reason))
    return made


def delivery_lines(sent: list[tuple[int, Event]]) -> Iterator[tuple[int, str]]:
    """Each sending as a line of `events.jsonl`, with its moment in front to merge tenants by."""
    for at, event in sent:
        yield at, delivery_line(event)


def delivery_line(event: Event) -> str:
    """`batch` marks what a server's client collects into batches of one write key; a browser's client sends one by one."""
    line: Json = {
        "route": "/v1/batch" if event.is_server else ROUTES[str(event.body["type"])],
        "batch": event.is_server,
        "write_key": event.sponsor.site.write_key,
        "ip": event.address,
        "user_agent": event.agent,
        "origin": None if event.is_server else f"https://{event.sponsor.site.domain}",
        "clock_skew_ms": event.clock_skew,
        "delay_ms": event.delay,
        "body": event.body,
    }
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def truth_of_messages(slug: str, sent: list[tuple[int, Event]]) -> list[tuple[object, ...]]:
    """Each distinct valid message once, in order of its first sending."""
    distinct = {(event.sponsor.site.write_key, event.message_id): None for _, event in sent if not event.is_invalid}
    return [(slug, *key) for key in distinct]


def write_lines(path: Path, lines: Iterator[tuple[int, str]]) -> None:
    """One tenant's sendings, kept aside until all tenants' are merged: time, a tab, the line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{at:015}\t{line}\n" for at, line in lines)
