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
        ("1h43m", 6180), ("1h43", 6180), ("01H02M", 3720), ("1.5 hours", 5400), ("45 Min.", 2700), ("1 Std. 5 Min.", 3900),
        ("45'30\"", 2730), ("45′", 2700), ("１：０２：０３", 3723), ("62:03 min", 3723), ("1:43:53.5", Decimal("6233.5")),
        ("0:45:12,5", Decimal("2712.5")), ("3600,5", Decimal("3600.5")), ("3,600", 3600), ("1 hour and 5 minutes", 3900),
        ("90 minutes", 5400), ("PT45M", 2700), ("P0DT0H45M12.5S", Decimal("2712.5")),
        # In milliseconds: as seconds it would be a month.
        ("2712000", 2712),
    ],
)  # fmt: skip
def test_every_style_seen(text: str, seconds: int | Decimal) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", [None, "", "0", "00:00:00", "-5", "abc", "1:2:3:4", "PT", "9" * 30, "1609459200000"])
def test_what_is_no_duration_is_unknown_and_not_zero(text: str | None) -> None:
    assert parse_duration(text) is None


@given(st.integers(1, 48 * 3600))
def test_clock_and_seconds_agree(seconds: int) -> None:
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    assert parse_duration(clock) == parse_duration(str(seconds)) == seconds


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    parse_duration(text)
