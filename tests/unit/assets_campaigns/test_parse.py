from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.campaigns.parse import ORDERS_REQUIRED, SPEND_HEADER, UnknownHeaderError, parse_orders, parse_spend

SPONSOR = UUID(int=1)


def test_an_order_with_what_the_shop_exported_beside_it() -> None:
    text = "order_id,sponsor_id,ordered_at,value,currency,promo_code,country\n"
    text += "A-1,,2026-08-27T02:29:13+02:00,78.62,USD, SHOW10 ,US\n"
    (row,) = parse_orders(text, SPONSOR)
    order = row.value
    assert order is not None
    assert (order.sponsor_id, order.value_minor, order.currency, order.promo_code) == (SPONSOR, 7862, "USD", "SHOW10")
    assert order.ordered_at.isoformat() == "2026-08-27T00:29:13+00:00"
    assert order.payload == {"country": "US"}


def test_semicolons_and_other_orders_of_columns() -> None:
    text = "currency;value;ordered_at;order_id\nJPY;1200;2026-08-27T02:29:13Z;A\n"
    (row,) = parse_orders(text, SPONSOR)
    assert row.value is not None and row.value.value_minor == 1200


@pytest.mark.parametrize(
    "line",
    [
        "A,2026-08-27,1,USD",
        "A,2026-08-27T00:00:00,1,USD",
        "A,2026-08-27T00:00:00Z,1.234,USD",
        ",2026-08-27T00:00:00Z,1,USD",
        "A,2026-08-27T00:00:00Z,1,dollar",
        "A,2026-08-27T00:00:00Z,1",
        "A,2026-08-27T00:00:00Z,1,USD,more",
        "\x00,2026-08-27T00:00:00Z,1,USD",
    ],
)
def test_a_bad_row_is_turned_away_alone(line: str) -> None:
    rows = list(parse_orders(f"{','.join(ORDERS_REQUIRED)}\n{line}\nB,2026-08-27T00:00:00Z,5,USD\n", SPONSOR))
    assert [row.value is None for row in rows] == [True, False]
    assert rows[0].problem.startswith("line 2: found")


def test_an_unknown_header_says_what_was_found_and_expected() -> None:
    with pytest.raises(UnknownHeaderError, match=r"found the header 'id,amount', expected 'order_id,ordered_at,value,currency'"):
        parse_orders("id,amount\n1,2\n", SPONSOR)
    with pytest.raises(UnknownHeaderError, match="sponsor_id"):
        parse_orders("order_id,ordered_at,value,currency\n", None)
    with pytest.raises(UnknownHeaderError, match="nothing was imported"):
        parse_spend("date,spend\n")


def test_spend() -> None:
    rows = [f"2026-09-26,{SPONSOR},{UUID(int=2)},USD,746.56,29913,2,89.56", f"2026-09-26,{SPONSOR},{SPONSOR},USD,-1,0,0,0"]
    good, bad = parse_spend("\n".join([",".join(SPEND_HEADER), *rows]))
    assert good.value is not None and (good.value.spend_minor, good.value.revenue_minor, good.value.ads_delivered) == (
        74656,
        8956,
        29913,
    )
    assert "expected 0 or more" in bad.problem


@given(st.text(max_size=200))
def test_no_text_is_more_than_rows_or_an_unknown_header(text: str) -> None:
    for row in parse_orders(f"{','.join(ORDERS_REQUIRED)}\n{text}", SPONSOR):
        assert (row.value is None) == bool(row.problem)
