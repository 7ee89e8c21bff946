from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.marts.models import Money
from api.marts.money import to_amount, to_minor, to_share


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["USD", "JPY", "KWD", "CLF", "XXX"]))
def test_money_comes_back_exactly(minor: int, currency: str) -> None:
    assert to_minor(to_amount(minor, currency), currency) == minor


def test_amounts_keep_their_currencys_digits() -> None:
    assert [str(to_amount(1200, c)) for c in ("USD", "JPY", "KWD")] == ["12.00", "1200", "1.200"]
    assert Money.of(-5, "USD").model_dump(mode="json") == {"amount": "-0.05", "currency": "USD"}


def test_an_amount_finer_than_its_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 2 digits"):
        to_minor(Decimal("0.001"), "USD")
    assert to_minor(Decimal("0.5000"), "USD") == 50


@given(st.lists(st.integers(0, 10**15), max_size=20))
def test_shares_add_up_as_their_parts_do(parts: list[int]) -> None:
    assert sum(map(to_share, parts), Decimal(0)) == to_share(sum(parts))


def test_shares_are_plain_numbers() -> None:
    assert [str(to_share(n)) for n in (1_500_000_000, 10_000_000_000, 0, 333_333_333)] == ["1.5", "10", "0", "0.333333333"]
