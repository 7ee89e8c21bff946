from datetime import UTC, date, datetime

import pytest

from api.mail.periods import Period, due_at, due_periods, month_before, next_due, week_before
from assets.delivery.periods import past_keys, read_key


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


@pytest.mark.parametrize(
    ("last_day", "timezone", "hour", "expected"),
    [
        # The same hour of the wall clock, an hour of UTC apart: Berlin's clocks went forward on 29 March.
        (date(2026, 3, 22), "Europe/Berlin", 7, datetime(2026, 3, 23, 6, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Berlin", 7, datetime(2026, 3, 30, 5, tzinfo=UTC)),
        # New York leaves out 02:00 on 8 March: the report goes at 03:00, and once.
        (date(2026, 3, 7), "America/New_York", 2, datetime(2026, 3, 8, 7, tzinfo=UTC)),
        # 01:00 comes twice on 1 November: the first.
        (date(2026, 10, 31), "America/New_York", 1, datetime(2026, 11, 1, 5, tzinfo=UTC)),
        (date(2026, 11, 15), "No/Such_Zone", 6, datetime(2026, 11, 16, 6, tzinfo=UTC)),
    ],
)
def test_a_report_is_due_at_its_hour_of_the_wall_clock(last_day: date, timezone: str, hour: int, expected: datetime) -> None:
    assert due_at(last_day, timezone, hour) == expected


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 12, 1, 0, 0, tzinfo=UTC), Period(date(2026, 11, 1), date(2026, 11, 30))),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), Period(date(2026, 10, 1), date(2026, 10, 31))),
        (datetime(2028, 3, 1, 12, 0, tzinfo=UTC), Period(date(2028, 2, 1), date(2028, 2, 29))),
    ],
)
def test_the_month_before_is_the_last_whole_one(at: datetime, month: Period) -> None:
    assert month_before(at, "UTC") == month


def test_what_fell_due_while_nothing_ran_is_owed_and_a_new_schedule_owes_the_last_period_alone() -> None:
    """A machine that was off for two weeks must not lose a week, and a pause must not bring its weeks back."""
    at = datetime(2026, 11, 18, 12, tzinfo=UTC)
    mondays = [period.start for period in due_periods("weekly", "UTC", 6, datetime(2026, 11, 1, tzinfo=UTC), at)]
    assert mondays == [date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9)]
    assert [period.start for period in due_periods("weekly", "UTC", 6, at, at)] == [date(2026, 11, 9)]


def test_before_its_hour_a_period_is_not_owed() -> None:
    early, late = datetime(2026, 11, 16, 5, 59, tzinfo=UTC), datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
    assert due_periods("weekly", "UTC", 6, early, early)[-1].start == date(2026, 11, 2)
    assert due_periods("weekly", "UTC", 6, late, late)[-1].start == date(2026, 11, 9)
    assert next_due("weekly", "UTC", 6, early) == (Period(date(2026, 11, 9), date(2026, 11, 15)), late)
    assert next_due("monthly", "UTC", 6, late)[1] == datetime(2026, 12, 1, 6, tzinfo=UTC)


def test_the_keys_of_partitions_are_those_of_periods_that_are_over() -> None:
    keys = past_keys(date(2026, 11, 18), date(2026, 10, 20))
    assert keys == [
        "2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09", "2026-10", "end-2026-10", "end-2026-11",
    ]  # fmt: skip
    assert read_key("2026-10") == ("monthly", Period(date(2026, 10, 1), date(2026, 10, 31)))
    assert read_key("end-2026-10")[0] == "campaign_end"
    assert read_key("2026-10-19") == ("weekly", Period(date(2026, 10, 19), date(2026, 10, 25)))


@pytest.mark.parametrize("key", ["2026-10-20", "2026", "week 3", "2026-13", "end-2026-10-19"])
def test_what_is_no_period_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"found|month"):
        read_key(key)
