from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.feeds.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6409", 6409), ("1:43:53", 6233), ("07:00", 420), ("00:04:60", 300), ("90:30", 5430), (":30", 30),
        ("3600.5", Decimal("3600.5")),
        ("PT1H2M3S", 3723), ("P1DT1S", 86401), ("1h 2m 3s", 3723), ("12 min", 720), ("1 hour, 5 minutes", 3900), (" 24 ", 24),
    ],
)  # fmt: skip
def test_every_style_seen(text: str, seconds: int | Decimal) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", [None, "", "0", "00:00:00", "-5", "abc", "1:2:3:4", "PT", "9" * 30, "1609459200000"])
def test_what_is_no_duration_is_unknown_and_not_zero(text: str | None) -> None:
    assert parse_duration(text) is None


@given(st.integers(1, 99 * 3600))
def test_clock_and_seconds_agree(seconds: int) -> None:
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    assert parse_duration(clock) == parse_duration(str(seconds)) == seconds


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    parse_duration(text)
