from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.lib.money import to_minor, to_text


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "USD", 1234),
        ("12", "USD", 1200),
        ("-0.5", "EUR", -50),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        (" 7.10 ", "USD", 710),
    ],
)
def test_amounts_are_exact(amount: str, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("12.345", "USD"),
        ("1.5", "JPY"),
        ("1,200.00", "USD"),
        ("", "USD"),
        ("NaN", "USD"),
        ("1e3", "USD"),
        ("12", "usd"),
        ("12", "DOLLAR"),
    ],
)
def test_what_is_no_amount_is_refused_and_never_rounded(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="found"):
        to_minor(amount, currency)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_text_and_minor_units_are_inverse(minor: int, currency: str) -> None:
    assert to_minor(to_text(minor, currency), currency) == minor
    assert Decimal(to_text(minor, currency)) * 0 == 0
