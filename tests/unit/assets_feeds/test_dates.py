"""Dates in every style seen: each was in a feed, and was unknown or hours wrong to a parser that knows only RFC 822."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.feeds.dates import parse_date

EVENING = datetime(2024, 3, 13, 21, 4, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 13 Mar 2024 22:04:35 +0100", "Wed, 13 Mar 2024 21:04:35 GMT", "Wed,13 Mar 2024 21:04:35 GMT",
        "Mi, 13 Mär 2024 22:04:35 +0100", "mer., 13 mars 2024 22:04:35 +0100", "13 de marzo de 2024 21:04:35",
        "Wednesday, 13 March 2024 13:04:35 PST", "Wed, 13 Mar 2024 22:04:35 CET", "Wed, 13 Mar 2024 22:04:35 +0100 (CET)",
        "Wed, 13 Mar 2024 23:04:35 GMT+2", "Wed, 13 Mar 2024 22:04:35 +1:00", "Wed, 13-Mar-2024 21:04:35 UTC",
        "13 Mar 24 16:04:35 EST", "Wed Mar 13 22:04:35 CET 2024", "March 13, 2024 9:04:35 PM", "Mar 13th, 2024 at 9:04:35 pm",
        "2024-03-13T22:04:35+01:00", "2024-03-13T21:04:35.123Z", "2024-03-13 21:04:35", "2024/03/13 21:04:35",
        "13.03.2024 21:04:35", "03/13/2024 9:04:35 PM", "1710363875", "1710363875000", "  Wed, 13 Mar 2024\n 21:04:35 GMT ",
        "Fri, 13 Mar 2024 21:04:35 +0000",
    ],
)  # fmt: skip
def test_every_style_is_the_same_instant(text: str) -> None:
    assert parse_date(text) == EVENING


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [("Wed, 13 Mar 2024 24:00:00 +0000", 14, 0), ("Wed, 13 Mar 2024 22:04:60 +0000", 13, 22), ("2024-03-13", 13, 0)],
)
def test_the_ends_of_days_and_minutes(text: str, day: int, hour: int) -> None:
    at = parse_date(text)
    assert at is not None and (at.day, at.hour) == (day, hour)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "yesterday", "31 Feb 2022", "Wed, 31 Feb 2022 10:00:00 GMT", "13 Foo 2024", "2024-13-01", "13 Mar 2024 25:00",
        "x" * 500,
        # May be the third of April or the fourth of March: unknown rather than wrong by a month.
        "03/04/2024 10:00",
    ],
)  # fmt: skip
def test_what_is_no_date_is_unknown(text: str | None) -> None:
    assert parse_date(text) is None


@given(st.datetimes(datetime(1995, 1, 1), datetime(2099, 1, 1)), st.integers(-720, 840))  # noqa: DTZ001
def test_what_email_writes_is_read_back(at: datetime, offset: int) -> None:
    aware = at.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    assert parse_date(format_datetime(aware)) == aware == parse_date(aware.isoformat())


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    parse_date(text)
