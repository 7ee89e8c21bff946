"""Rows of the orders and the spend CSV, or of Shopify's export → values, or the reason why a row cannot be used. Pure."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar
from uuid import UUID

from assets.campaigns.shopify import Rows, is_shopify, translate
from assets.lib.clock import parse_instant
from assets.lib.ids import digest
from assets.lib.money import to_minor

ORDERS_REQUIRED = ("order_id", "ordered_at", "value", "currency")
SPEND_HEADER = ("date", "sponsor_id", "show_id", "currency", "spend", "ads_delivered", "conversions", "revenue")
BIGINT = 2**63


class UnknownHeaderError(ValueError):
    """The file's header is none that is known. Nothing of the file is imported."""


@dataclass(frozen=True)
class Order:
    sponsor_id: UUID
    order_id: str
    ordered_at: datetime
    value_minor: int
    currency: str
    promo_code: str | None
    payload: Mapping[str, str]
    # What was given back so far, as a positive amount.
    refunded_minor: int = 0

    @property
    def content(self) -> bytes:
        parts = [
            str(self.sponsor_id), self.order_id, self.ordered_at.isoformat(), self.value_minor, self.currency, self.promo_code,
            self.payload,
        ]  # fmt: skip
        # An order without a refund has the digest that it had before refunds were read.
        return digest([*parts, self.refunded_minor] if self.refunded_minor else parts)


@dataclass(frozen=True)
class Spend:
    """One sponsor, show and day: money in minor units of `currency`."""

    sponsor_id: UUID
    show_id: UUID
    spend_date: date
    currency: str
    spend_minor: int
    ads_delivered: int
    conversion_count: int
    revenue_minor: int

    @property
    def content(self) -> bytes:
        return digest([str(value) for value in self.__dict__.values()])


Row = TypeVar("Row")


@dataclass(frozen=True)
class Parsed(Generic[Row]):
    """One row of a file: a value, or what is wrong with it. `line` counts from 1, the header being 1."""

    line: int
    original: bytes
    value: Row | None = None
    problem: str = ""


def parse_orders(text: str, sponsor_id: UUID | None) -> Iterator[Parsed[Order]]:
    """`sponsor_id` is whose the orders are where the file has no such column. Raises UnknownHeaderError before the first row.

    Columns beyond the known ones are kept in the payload: what a shop exports with an order. `refunded` is what was given back.
    """
    header, rows = read_rows(text)
    if is_shopify(header):
        header, rows = translate(header, rows)
    missing = [name for name in ORDERS_REQUIRED if name not in header]
    if missing or (sponsor_id is None and "sponsor_id" not in header):
        wanted = [*ORDERS_REQUIRED, *(() if sponsor_id else ("sponsor_id",))]
        raise UnknownHeaderError(
            header_message(header, wanted, "and optionally promo_code, refunded and country, or Shopify's export of orders")
        )
    return parsed_rows(header, rows, lambda row: _order(row, sponsor_id))


def parse_spend(text: str) -> Iterator[Parsed[Spend]]:
    """Raises UnknownHeaderError before the first row."""
    header, rows = read_rows(text)
    if sorted(header) != sorted(SPEND_HEADER):
        raise UnknownHeaderError(header_message(header, SPEND_HEADER, "in any order"))
    return parsed_rows(header, rows, _spend)


def _order(row: Mapping[str, str], sponsor_id: UUID | None) -> Order:
    order_id = row["order_id"].strip()
    if not 0 < len(order_id) <= 200:
        raise ValueError(f"found the order_id {order_id[:50]!r} of {len(order_id)} characters, expected 1 to 200")
    currency = row["currency"].strip()
    own = row.get("sponsor_id", "").strip()
    value, refunded = to_minor(row["value"], currency), to_minor(row.get("refunded", "").strip() or "0", currency)
    if not 0 <= refunded <= max(value, 0):
        raise ValueError(f"found {row['refunded']!r} refunded of {row['value']!r}, expected 0 up to the order's value")
    known = {*ORDERS_REQUIRED, "sponsor_id", "promo_code", "refunded"}
    payload = {name: text for name, text in row.items() if name not in known and text}
    return Order(
        to_uuid(own, "sponsor_id") if own or sponsor_id is None else sponsor_id, order_id, to_instant(row["ordered_at"]),
        value, currency, row.get("promo_code", "").strip() or None, payload, refunded,
    )  # fmt: skip


def _spend(row: Mapping[str, str]) -> Spend:
    currency = row["currency"].strip()
    try:
        day = date.fromisoformat(row["date"].strip())
    except ValueError as error:
        raise ValueError(f"found the date {row['date']!r}, expected YYYY-MM-DD") from error
    spend = Spend(
        to_uuid(row["sponsor_id"], "sponsor_id"), to_uuid(row["show_id"], "show_id"), day, currency,
        to_minor(row["spend"], currency), _count(row["ads_delivered"], "ads_delivered"), _count(row["conversions"], "conversions"),
        to_minor(row["revenue"], currency),
    )  # fmt: skip
    if spend.spend_minor < 0:
        raise ValueError(f"found the spend {row['spend']!r}, expected 0 or more")
    return spend


def read_rows(text: str) -> tuple[list[str], Rows]:
    """The header in lower case, and (line number, fields) of the rest."""
    # A spreadsheet may separate by semicolons; the header says which.
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    header = [name.strip().lower() for name in next(rows, [])]
    return header, ((rows.line_num, row) for row in rows)


def parsed_rows(header: Sequence[str], rows: Rows, parse: Callable[[dict[str, str]], Row]) -> Iterator[Parsed[Row]]:
    """Each row that is not blank, parsed; what `parse` raises as ValueError becomes the row's problem."""
    for line, row in rows:
        if not any(field.strip() for field in row):
            continue
        original = ",".join(row).encode("utf-8", "replace")
        try:
            if len(row) != len(header):
                raise ValueError(f"found {len(row)} fields, expected {len(header)} as in the header")
            if any("\x00" in field for field in row):
                raise ValueError("found a NUL byte, expected text")
            yield Parsed(line, original, parse(dict(zip(header, row, strict=True))))
        except ValueError as error:
            yield Parsed(line, original, problem=f"line {line}: {error}")


def header_message(found: Sequence[str], expected: Sequence[str], more: str) -> str:
    return (
        f"found the header {','.join(found)[:300]!r}, expected {','.join(expected)!r} {more}: nothing was imported from this file"
    )


def to_instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ValueError(f"found the time {text!r}, expected ISO 8601 with an offset, such as 2026-01-31T12:00:00Z") from error


def to_uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError as error:
        raise ValueError(f"found the {name} {text!r}, expected a UUID") from error


def _count(text: str, name: str) -> int:
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit() and int(bare[:20]) < BIGINT):
        raise ValueError(f"found {text!r} in {name}, expected a whole number from 0 on")
    return int(bare)
