"""The pure parts of the connectors: paces, walks, and the dates that two formats share."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.hosting.connectors.client import remaining, whole
from assets.hosting.connectors.protocol import Limits, Period
from assets.hosting.connectors.transistor import FORMATS, read_days
from assets.hosting.pacing import Pace


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from(FORMATS))
def test_the_days_of_35_are_read_in_whichever_format_they_come(last: date, form: str) -> None:
    """Of 35 days in a row some day is over the twelfth: the other format cannot hold all of them."""
    days = [last - timedelta(days=back) for back in range(35)]
    assert read_days([f"{day:{form}}" for day in days], days[-1], last) == {f"{day:{form}}": day for day in days}


def test_days_that_were_not_asked_for_are_no_days() -> None:
    assert read_days(["2026-03-01"], date(2026, 3, 1), date(2026, 3, 1)) is None
    assert read_days(["04-03-2026"], date(2026, 3, 1), date(2026, 3, 2)) is None


@given(
    st.lists(st.floats(0, 5), max_size=60),
    st.integers(1, 10),
)
def test_no_window_holds_more_than_the_limit(pauses: list[float], requests: int) -> None:
    limits = Limits(requests, 10.0, 10.0)
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    pace, sent = Pace(limits, wait, lambda: now[0]), []
    for pause in pauses:
        now[0] += pause
        pace.take()
        sent.append(now[0])
    assert all(later - earlier >= limits.seconds for earlier, later in zip(sent, sent[requests:], strict=False))


@given(st.lists(st.text(max_size=3), unique=True), st.data())
def test_a_walk_reaches_everything_once_and_what_was_left_over_first(keys: list[str], data: st.DataObject) -> None:
    done = data.draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
    same = remaining(keys, {"dates": ["a"], "done": done}, ["a"])
    assert sorted(same + done) == sorted(keys)
    other = remaining(keys, {"dates": ["b"], "done": done}, ["a"])
    assert sorted(other) == sorted(keys)
    assert set(other[len(keys) - len(done) :]) == set(done)


def test_a_period_is_the_trailing_35_days() -> None:
    days = Period.trailing(date(2026, 3, 10)).days
    assert (len(days), days[0], days[-1]) == (35, date(2026, 2, 4), date(2026, 3, 10))


@pytest.mark.parametrize(("value", "count"), [(0, 0), (7, 7), ("12", 12), (Decimal("3.0"), 3)])
def test_a_count_is_a_whole_number(value: Any, count: int) -> None:
    assert whole(value) == count


@pytest.mark.parametrize("value", [-1, True, None, "1.5", "-3", Decimal("0.5"), "", "٣", [1], {}])
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no whole number from 0 on"):
        whole(value)
