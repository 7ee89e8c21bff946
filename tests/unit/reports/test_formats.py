from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from api.reports.document import Figure
from api.reports.formats import compact, money, shown, span


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure("x", "", 1234567, "count"), "1,234,567"),
        (Figure("x", "", Decimal("2.5"), "count"), "2.50"),
        (Figure("x", "", Decimal("3.000"), "count"), "3"),
        (Figure("x", "", Decimal("1234.5"), "money", "USD"), "$1,234.50"),
        (Figure("x", "", Decimal("-0.005"), "money", "USD"), "−$0.01"),
        (Figure("x", "", Decimal("1234"), "money", "JPY"), "¥1,234"),
        (Figure("x", "", Decimal("1.2345"), "money", "KWD"), "KWD\u00a01.235"),
        (Figure("x", "", Decimal("0.12345"), "rate"), "12.3%"),
        (Figure("x", "", Decimal("-1.5"), "rate"), "−150.0%"),
        (Figure("x", "", Decimal("2.414"), "ratio"), "2.41×"),
        (Figure("x", "", date(2026, 2, 3), "date"), "3 Feb 2026"),
        (Figure("x", "", datetime(2026, 2, 3, 4, 5, tzinfo=UTC), "datetime"), "3 Feb 2026, 04:05 UTC"),
        (Figure("x", "", 0, "count"), "0"),
        (Figure("x", "", None, "money", "USD"), "not identifiable"),
        (Figure("x", "", None, "rate", absent="nothing contracted"), "nothing contracted"),
    ],
)
def test_a_figure_in_words(figure: Figure, words: str) -> None:
    assert shown(figure) == words


def test_an_amount_is_never_a_negative_zero() -> None:
    assert money(Decimal("-0.001"), "USD") == "$0.00"


@pytest.mark.parametrize(
    ("number", "words"),
    [("950", "950"), ("12500", "12.5k"), ("1000000", "1M"), ("2500000000", "2.5B"), ("-1500", "−1.5k")],
)
def test_an_axis_label(number: str, words: str) -> None:
    assert compact(Decimal(number)) == words


def test_a_span_says_each_year_and_month_once() -> None:
    assert span(date(2026, 11, 3), date(2026, 11, 28)) == "3 – 28 Nov 2026"
    assert span(date(2026, 11, 3), date(2026, 12, 5)) == "3 Nov – 5 Dec 2026"
    assert span(date(2026, 12, 20), date(2027, 1, 5)) == "20 Dec 2026 – 5 Jan 2027"
    assert span(date(2026, 12, 20), date(2026, 12, 20)) == "20 Dec 2026"
