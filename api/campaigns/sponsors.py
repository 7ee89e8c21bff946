"""Sponsors: what their sales leave them, and what a new customer is worth to them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Currency, Entered, Entry, Price, Text
from api.database import Row, Writer
from api.errors import Problem, not_found
from api.marts.models import Money
from api.marts.money import to_minor

COLUMNS = "sponsor_id, name, margin_rate, lifetime_value_minor, lifetime_value_currency, created_at"
ONE = f"select {COLUMNS} from app.sponsors where sponsor_id = %s"  # noqa: S608
INSERT = """
insert into app.sponsors (tenant_id, name, margin_rate, lifetime_value_minor, lifetime_value_currency)
values (%s, %s, %s, %s, %s)
returning sponsor_id, name, margin_rate, lifetime_value_minor, lifetime_value_currency, created_at
"""
UPDATE = """
update app.sponsors
set name = %s, margin_rate = %s, lifetime_value_minor = %s, lifetime_value_currency = %s
where sponsor_id = %s
returning sponsor_id, name, margin_rate, lifetime_value_minor, lifetime_value_currency, created_at
"""
LIFETIME = "What a new customer brings over the years, in revenue; ROI over the lifetime uses it beside the margin."


class SponsorEntry(Entry):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Acme Mattresses", "margin_rate": "0.55", "lifetime_value": "420.00"}]}
    )

    name: Text
    margin_rate: Decimal = Field(
        Decimal(1), ge=0, le=1, decimal_places=6, description="Gross margin of its sales, 0 to 1, for ROI."
    )
    lifetime_value: Price | None = Field(None, gt=0, description=LIFETIME)
    lifetime_value_currency: Currency | None = Field(None, description="ISO 4217; without it the account's.")


class SponsorChange(Entry):
    """What changes; a field left out stays. A lifetime value of null takes it away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"margin_rate": "0.6"}]})

    name: Text | None = None
    margin_rate: Decimal | None = Field(None, ge=0, le=1, decimal_places=6)
    lifetime_value: Price | None = Field(None, gt=0, description=LIFETIME)
    lifetime_value_currency: Currency | None = Field(None, description="ISO 4217; without it the one before, else the account's.")


class Sponsor(Entered):
    """One sponsor of this account."""

    sponsor_id: UUID
    name: str
    margin_rate: Decimal
    lifetime_value: Money | None
    created_at: datetime

    @classmethod
    def of(cls, row: Row) -> "Sponsor":
        minor, currency = row["lifetime_value_minor"], row["lifetime_value_currency"]
        plain = {name: row[name] for name in ("sponsor_id", "name", "margin_rate", "created_at")}
        return cls(lifetime_value=None if minor is None else Money.of(minor, currency), **plain)


def get_sponsor(c: Writer, sponsor_id: UUID) -> Sponsor:
    """Raises a `not-found` problem where this account has no such sponsor."""
    return Sponsor.of(_require(c, sponsor_id))


def create_sponsor(c: Writer, who: Principal, entry: SponsorEntry) -> Sponsor:
    """One sponsor. Raises `invalid` for a lifetime value with more digits than its currency has."""
    minor, currency = _lifetime(c, entry.lifetime_value, entry.lifetime_value_currency, None)
    row = c.execute(
        INSERT,
        [who.tenant_id, entry.name, entry.margin_rate, minor, currency],
    ).fetchone()
    sponsor = Sponsor.of(row or {})
    record_audit(c, who, "create", "sponsor", sponsor.sponsor_id, name=sponsor.name)
    return sponsor


def change_sponsor(c: Writer, who: Principal, sponsor_id: UUID, change: SponsorChange) -> Sponsor:
    """Set the fields sent. The next build judges all of history by them, as it does by every setting."""
    row = _require(c, sponsor_id, lock=True)
    sent: dict[str, Any] = change.model_dump(exclude_unset=True)
    for name in ("name", "margin_rate"):
        if name in sent and sent[name] is None:
            raise Problem("invalid", f"found null for {name}, expected a value, or leave the field out")
    if "lifetime_value" in sent:
        lifetime = _lifetime(c, change.lifetime_value, change.lifetime_value_currency, row["lifetime_value_currency"])
    elif change.lifetime_value_currency is not None:
        raise Problem("invalid", "found lifetime_value_currency without lifetime_value, expected both: an amount is of a currency")
    else:
        lifetime = row["lifetime_value_minor"], row["lifetime_value_currency"]
    done = c.execute(
        UPDATE,
        [sent.get("name", row["name"]), sent.get("margin_rate", row["margin_rate"]), *lifetime, sponsor_id],
    ).fetchone()
    record_audit(c, who, "change", "sponsor", sponsor_id, fields=sorted(sent))
    return Sponsor.of(done or {})


def _require(c: Writer, sponsor_id: UUID, *, lock: bool = False) -> Row:
    row = c.execute(f"{ONE} for no key update" if lock else ONE, [sponsor_id]).fetchone()
    if row is None:
        raise not_found("sponsor", sponsor_id)
    return row


def _lifetime(c: Writer, value: Decimal | None, currency: str | None, before: str | None) -> tuple[int | None, str | None]:
    """(minor units, currency), both None without a value."""
    if value is None:
        if currency is not None:
            raise Problem(
                "invalid", "found lifetime_value_currency without lifetime_value, expected both: an amount is of a currency"
            )
        return None, None
    if currency is None:
        found = c.execute("select currency from app.tenants").fetchone()
        currency = before or str(found["currency"] if found else "USD")
    try:
        return to_minor(value, currency), currency
    except ValueError as error:
        raise Problem("invalid", str(error)) from error
