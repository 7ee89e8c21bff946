"""The spelling of figures: a wrong one misleads even where the figure behind it is right."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dashboard import formats


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1234.5", "EUR", "€1,234.50"),
        ("-1234.5", "USD", "−$1,234.50"),
        ("1234.5", "JPY", "¥1,235"),
        ("12", "CHF", "CHF\u00a012.00"),
        ("1.2345", "KWD", "KWD\u00a01.235"),
        ("-0.001", "USD", "$0.00"),
        ("0.005", "USD", "$0.01"),
    ],
)
def test_money_has_its_currencys_digits_and_sign(amount: str, currency: str, expected: str) -> None:
    assert formats.money(Decimal(amount), currency) == expected


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_reads_back_to_the_cent(amount: Decimal) -> None:
    written = formats.money(amount, "USD").replace("$", "").replace(",", "").replace("−", "-")
    assert Decimal(written) == amount


def test_what_does_not_exist_is_never_written_as_zero() -> None:
    written = [
        formats.money(None, "USD"),
        formats.money_compact(None, "USD"),
        formats.number(None),
        formats.compact(None),
        formats.rate(None),
        formats.multiple(None),
        formats.conversions(None),
        formats.day(None),
        formats.moment(None),
        formats.duration(None),
    ]
    assert set(written) == {"–"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (9_876, "9,876"),
        (98_765, "98,765"),
        (123_456, "123k"),
        (1_234_567, "1.23M"),
        (9_999_999_999, "10.00B"),
        (-123_456, "−123k"),
    ],
)
def test_compact_keeps_three_digits(value: int, expected: str) -> None:
    assert formats.compact(value) == expected


def test_rates_multiples_and_conversions() -> None:
    assert formats.rate(0.1234) == "12.3%"
    assert formats.rate(1.0, 0) == "100%"
    assert formats.multiple(1.234) == "1.23×"
    assert formats.conversions(12_340_000_000) == "12.34"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 11, 3), date(2026, 11, 3), "3 Nov 2026"),
        (date(2026, 11, 3), date(2026, 11, 28), "3 – 28 Nov 2026"),
        (date(2026, 11, 3), date(2026, 12, 5), "3 Nov – 5 Dec 2026"),
        (date(2026, 12, 20), date(2027, 1, 5), "20 Dec 2026 – 5 Jan 2027"),
        (date(2025, 11, 3), date(2026, 11, 5), "3 Nov 2025 – 5 Nov 2026"),
    ],
)
def test_a_flight_names_what_differs(start: date, end: date, expected: str) -> None:
    assert formats.flight(start, end) == expected


def test_a_moment_is_written_in_utc_whatever_its_zone() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    assert formats.moment(datetime(2026, 11, 3, 1, 0, tzinfo=kathmandu)) == "2 Nov 2026, 19:15 UTC"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7_300, "2 hours ago"),
        (86_400, "1 day ago"),
        (864_000, "10 days ago"),
    ],
)
def test_ago(seconds: int, expected: str) -> None:
    now = datetime(2026, 11, 3, tzinfo=UTC)
    assert formats.ago(now - timedelta(seconds=seconds), now) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (42.4, "42 s"), (750, "12 min 30 s"), (11_100, "3 h 5 min"), (86_400, "1 d"), (86_459, "1 d")],
)
def test_duration_has_its_two_largest_units(seconds: float, expected: str) -> None:
    assert formats.duration(seconds).replace(formats.THIN_SPACE, " ") == expected


def test_words_and_plurals() -> None:
    assert formats.words("position_based") == "Position based"
    assert [formats.plural(1, "campaign"), formats.plural(1_200, "campaign")] == ["1 campaign", "1,200 campaigns"]
