"""The live test of a site: what arrived, within a second, and what is wrong with it. Reads raw tables under the caller's tenant."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.campaigns.currencies import KNOWN
from api.database import Writer

Kind = Literal[
    "page_view", "impression", "click", "lead", "signup", "purchase", "refund", "promo_redemption", "survey_response", "install",
    "open", "identify", "closing", "custom",
]  # fmt: skip
WINDOW = timedelta(hours=1)
SHOWN = 10
# The event names that clients use, as the warehouse reads them (seed event_kinds; a test compares the two).
KINDS: Mapping[str, Kind] = {
    "order completed": "purchase", "completed order": "purchase", "purchase": "purchase",
    "order refunded": "refund", "refunded order": "refund", "refund": "refund",
    "product clicked": "click", "promotion clicked": "click", "link clicked": "click", "click": "click",
    "promotion viewed": "impression", "impression": "impression",
    "lead generated": "lead", "lead": "lead", "generate_lead": "lead",
    "signed up": "signup", "account created": "signup", "signup": "signup", "sign_up": "signup",
    "coupon applied": "promo_redemption", "promo redeemed": "promo_redemption", "promo_redemption": "promo_redemption",
    "survey answered": "survey_response", "survey_response": "survey_response",
    "page viewed": "page_view", "page_view": "page_view",
    "application installed": "install", "install": "install", "application opened": "open", "open": "open",
}  # fmt: skip
AMOUNT = re.compile(r"[+-]?(\d{1,10}(\.\d{0,40})?|\.\d{1,40})")
REFUSALS: Mapping[str, str] = {
    "origin_not_allowed": "The page's origin is not in the site's list: add it to the allowed origins.",
    "rate_limited": "More events came than the key may send: they are sent again later.",
    "database_away": "The database was away: clients send these events again.",
    "body_too_large": "The body is larger than 500 KB: send smaller batches.",
    "too_many_events": "The batch has more than 2,500 events: send smaller ones.",
    "malformed_body": "The body is no JSON object: send the client's own format.",
}


class Arrival(BaseModel):
    """One event that was accepted, and what about it will not count as its sender meant."""

    received_at: datetime
    message_id: str
    kind: Kind
    event_name: str | None
    page_url: str | None
    promo_code: str | None
    order_id: str | None
    value: str | None = Field(description="As the client wrote it.")
    currency: str | None
    has_consent: bool
    has_household: bool = Field(description="Whether a household can be matched: false without consent.")
    library: str | None
    problems: list[str]


class Rejection(BaseModel):
    """Events that did not arrive, by reason: quarantined one by one, or refused before they could be events."""

    outcome: Literal["quarantined", "refused"]
    reason_code: str
    reason: str
    count: int
    last_at: datetime


class Arrivals(BaseModel):
    """The newest events of one site within the hour, and what was turned away."""

    first_event_at: datetime | None
    events: list[Arrival]
    rejections: list[Rejection]


def find_arrivals(c: Writer, site_id: UUID) -> Arrivals:
    """What the collector committed for a site, newest first."""
    parameters = {"site_id": site_id, "window": WINDOW, "shown": SHOWN}
    first = c.execute(
        "select received_at from raw.collector_events where site_id = %(site_id)s order by received_at limit 1", parameters
    ).fetchone()
    events = c.execute(EVENTS, parameters).fetchall() if first else []
    rejected = c.execute(REJECTIONS, parameters).fetchall()
    return Arrivals(
        first_event_at=first["received_at"] if first else None,
        events=[read_arrival(row) for row in events],
        rejections=[
            Rejection(**{**row, "reason": row["reason"] or REFUSALS.get(row["reason_code"], "The request was refused.")})
            for row in rejected
        ],
    )


def read_arrival(row: Mapping[str, Any]) -> Arrival:
    """One row of raw.collector_events as the warehouse will read it, with what is wrong in words. Pure."""
    context, properties = row["context"], row["properties"]
    kind = _kind(row)
    order_id = _first(properties, "order_id", "orderId")
    value = _first(properties, "total", "revenue", "value")
    currency = _first(properties, "currency")
    arrival = Arrival(
        received_at=row["received_at"],
        message_id=row["message_id"],
        kind=kind,
        event_name=row["event_name"],
        page_url=_text(_object(context.get("page")).get("url")) or _text(properties.get("url")),
        promo_code=_first(properties, "coupon", "promo_code", "promoCode", "discount_code"),
        order_id=order_id,
        value=value,
        currency=currency.upper() if currency else None,
        has_consent=row["has_consent"],
        has_household=row["has_household"],
        library=_text(_object(context.get("library")).get("name")),
        problems=[],
    )
    return arrival.model_copy(update={"problems": _problems(arrival, row)})


def _problems(arrival: Arrival, row: Mapping[str, Any]) -> list[str]:
    found = []
    if arrival.kind in ("purchase", "refund"):
        if arrival.order_id is None:
            found.append("No order_id: the same order sent twice counts twice.")
        if arrival.value is None:
            found.append("No value, total or revenue: the order counts with no revenue.")
        elif not AMOUNT.fullmatch(arrival.value):
            found.append(f"The amount {arrival.value[:40]!r} is no plain number as 59.90: the order counts with no revenue.")
        if arrival.currency is None and arrival.value is not None:
            found.append("No currency: the account's is taken.")
    if arrival.currency is not None and arrival.currency not in KNOWN:
        found.append(f"The currency {arrival.currency[:20]!r} is no ISO 4217 code as USD: the order counts with no revenue.")
    if row["client_at"] is not None and row["sent_at"] is not None and row["client_at"] > row["sent_at"] + timedelta(minutes=1):
        found.append("Its time is after the time it was sent: it counts as an event of the future.")
    return found


def _kind(row: Mapping[str, Any]) -> Kind:
    if row["kind"] in ("page", "screen"):
        return "page_view"
    if row["kind"] != "track":
        return "identify" if row["kind"] == "identify" else "custom"
    if _object(row["context"].get("hostread")).get("is_last") is True:
        return "closing"
    return KINDS.get((row["event_name"] or "").strip().lower(), "custom")


def _first(values: Mapping[str, Any], *names: str) -> str | None:
    return next((text for name in names if (text := _text(values.get(name))) is not None), None)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, bool) or value == "":
        return None
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


EVENTS = """
select
    e.received_at, e.message_id, e.kind, e.event_name, e.context, e.properties, e.client_at, e.sent_at, e.has_consent,
    e.household_hash is not null as has_household
from raw.collector_events as e
where e.site_id = %(site_id)s and e.received_at > now() - %(window)s
order by e.received_at desc, e.event_id desc
limit %(shown)s
"""
REJECTIONS = """
select 'quarantined' as outcome, q.reason_code, max(q.reason) as reason, count(*) as count, max(q.quarantined_at) as last_at
from raw.quarantine as q
where
    q.source = 'collector' and q.quarantined_at > now() - %(window)s and q.replayed_at is null
    and q.context ->> 'site_id' = %(site_id)s::text
group by q.reason_code
union all
select 'refused', r.reason_code, null, sum(r.refused_count)::bigint, max(r.minute_at)
from raw.collector_refusals as r
where r.site_id = %(site_id)s and r.minute_at > now() - %(window)s
group by r.reason_code
order by last_at desc
"""
