"""Shopify's export of orders (help.shopify.com, "Exporting orders to a CSV file") → the columns of our own orders CSV. Pure.

An order with several articles has several lines, of which only the first has the order's own columns. Of the export only what is
named here is read on: names, addresses and e-mails of buyers go no further, not even into the quarantine.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

# Theirs → ours. `total` holds taxes and shipping and is after discounts.
COLUMNS: Mapping[str, str] = {
    "name": "order_name", "id": "order_id", "created at": "ordered_at", "currency": "currency", "total": "value",
    "discount code": "promo_code", "refunded amount": "refunded", "financial status": "status", "cancelled at": "cancelled_at",
    "subtotal": "subtotal", "discount amount": "discount", "shipping country": "country", "source": "source",
}  # fmt: skip
REQUIRED = frozenset({"name", "created at", "currency", "total", "financial status"})
HEADER = (*COLUMNS.values(),)
Rows = Iterator[tuple[int, list[str]]]


def is_shopify(header: Sequence[str]) -> bool:
    """Whether a header, in lower case, is that of Shopify's export, whatever columns a later version adds."""
    return set(header) >= REQUIRED and "order_id" not in header


def translate(header: Sequence[str], rows: Rows) -> tuple[list[str], Rows]:
    """The header and the rows of our own orders CSV. A row of another length is passed on as it is: the reader refuses it."""
    places = {ours: header.index(theirs) for theirs, ours in COLUMNS.items() if theirs in header}
    return [*HEADER], _translated(len(header), places, rows)


def _translated(width: int, places: Mapping[str, int], rows: Rows) -> Rows:
    for line, fields in rows:
        if len(fields) != width:
            yield line, fields[:1]
            continue
        row = {name: fields[places[name]].strip() if name in places else "" for name in HEADER}
        if not row["value"] and not row["ordered_at"]:
            continue  # one more article of the order before
        row["order_id"] = row["order_id"] or row["order_name"]
        row["ordered_at"] = _instant(row["ordered_at"])
        row["refunded"] = _refunded(row)
        yield line, [row[name] for name in HEADER]


def _instant(text: str) -> str:
    """`2026-11-03 09:12:44 -0500` as ISO 8601; anything else as it is, for the reader to refuse."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").isoformat()
    except ValueError:
        return text


def _refunded(row: Mapping[str, str]) -> str:
    """What was given back. Of an order that was never paid for, or was cancelled without a refund, that is all of it."""
    try:
        refunded = Decimal(row["refunded"] or "0")
    except InvalidOperation:
        return row["refunded"]
    is_void = row["status"].lower() == "voided" or (row["cancelled_at"] and not refunded)
    return row["value"] if is_void else row["refunded"]
