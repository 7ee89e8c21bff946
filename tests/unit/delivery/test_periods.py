from datetime import UTC, date, datetime

import pytest

from assets.delivery.periods import Period, week_before


@pytest.mark.parametrize(
    ("at", "timezone", "monday"),
    [
        # Monday 00:00 UTC: the week that just ended, where it has ended.
        (datetime(2026, 11, 16, 0, 0, tzinfo=UTC), "UTC", date(2026, 11, 9)),
        (datetime(2026, 11, 15, 23, 59, tzinfo=UTC), "UTC", date(2026, 11, 2)),
        (datetime(2026, 11, 16, 0, 0, tzinfo=UTC), "America/New_York", date(2026, 11, 2)),
        (datetime(2026, 11, 15, 12, 0, tzinfo=UTC), "Pacific/Auckland", date(2026, 11, 9)),
        # The clocks change on Sunday, 1 November: the week has an hour more and the same days.
        (datetime(2026, 11, 2, 5, 0, tzinfo=UTC), "America/New_York", date(2026, 10, 26)),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), "America/New_York", date(2026, 10, 19)),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), "UTC", date(2026, 12, 21)),
        (datetime(2026, 11, 16, 0, 0, tzinfo=UTC), "No/Such_Zone", date(2026, 11, 9)),
    ],
)
def test_the_week_before_is_the_last_whole_one_of_the_time_zone(at: datetime, timezone: str, monday: date) -> None:
    assert week_before(at, timezone) == Period(monday, date.fromordinal(monday.toordinal() + 6))
