"""Shopify's export of orders (help.shopify.com, "Exporting orders to a CSV file"), and people's data left behind."""

import csv
import io
from uuid import UUID

import pytest

from assets.campaigns.parse import Order, Parsed, parse_orders

SPONSOR = UUID(int=1)
HEADER = [
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Accepts Marketing", "Currency", "Subtotal", "Shipping",
    "Taxes", "Total", "Discount Code", "Discount Amount", "Created at", "Lineitem quantity", "Lineitem name", "Billing Name",
    "Shipping Country", "Cancelled at", "Refunded Amount", "Id", "Source",
]  # fmt: skip
ORDER = {
    "Name": "#1001", "Email": "ada@example.com", "Financial Status": "paid", "Currency": "USD", "Subtotal": "70.00",
    "Total": "78.62", "Discount Code": "SHOW10", "Created at": "2026-11-03 09:12:44 -0500", "Lineitem name": "A mug",
    "Billing Name": "Ada Brightwell", "Shipping Country": "US", "Refunded Amount": "0.00", "Id": "5501", "Source": "web",
}  # fmt: skip


def export(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def only(*rows: dict[str, str]) -> Parsed[Order]:
    (row,) = parse_orders(export(*rows), SPONSOR)
    return row


def test_an_order_of_several_articles_is_one() -> None:
    order = only(ORDER, {"Name": "#1001", "Email": "ada@example.com", "Lineitem name": "A tray"}).value
    assert order is not None
    assert (order.order_id, order.value_minor, order.currency, order.promo_code) == ("5501", 7862, "USD", "SHOW10")
    assert order.ordered_at.isoformat() == "2026-11-03T14:12:44+00:00"
    assert order.refunded_minor == 0
    assert order.payload["country"] == "US"
    assert order.payload["order_name"] == "#1001"


def test_an_older_export_without_the_id_is_known_by_the_order_s_name() -> None:
    order = only({**ORDER, "Id": ""}).value
    assert order is not None and order.order_id == "#1001"


@pytest.mark.parametrize(
    ("changes", "refunded"),
    [
        ({"Refunded Amount": "8.62", "Financial Status": "partially_refunded"}, 862),
        ({"Refunded Amount": "78.62", "Financial Status": "refunded"}, 7862),
        ({"Financial Status": "voided"}, 7862),
        ({"Cancelled at": "2026-11-04 10:00:00 -0500"}, 7862),
        ({"Cancelled at": "2026-11-04 10:00:00 -0500", "Refunded Amount": "70.00"}, 7000),
    ],
)
def test_what_was_taken_back(changes: dict[str, str], refunded: int) -> None:
    order = only({**ORDER, **changes}).value
    assert order is not None and order.refunded_minor == refunded


@pytest.mark.parametrize("changes", [{"Total": "much"}, {"Created at": "yesterday"}, {"Refunded Amount": "79"}, {"Currency": ""}])
def test_a_bad_row_is_refused_alone_and_nobody_s_name_goes_with_it(changes: dict[str, str]) -> None:
    bad, good = parse_orders(export({**ORDER, **changes}, {**ORDER, "Id": "5502"}), SPONSOR)
    assert bad.value is None and bad.problem.startswith("line 2: found")
    assert good.value is not None and good.value.order_id == "5502"
    for row in (bad, good):
        kept = row.original.decode() + str(row.value)
        assert "ada@example.com" not in kept and "Brightwell" not in kept


def test_a_refund_of_our_own_format() -> None:
    text = "order_id,ordered_at,value,currency,refunded\nA,2026-11-03T00:00:00Z,10.00,EUR,2.50\nB,2026-11-03T00:00:00Z,10.00,EUR,\n"
    assert [row.value.refunded_minor for row in parse_orders(text, SPONSOR) if row.value] == [250, 0]
