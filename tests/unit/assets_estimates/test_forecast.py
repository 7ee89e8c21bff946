"""Forecasts: episodes that fade as others did, episodes to come, the baseline where it is better, and verdicts without numbers."""

import numpy as np
import pytest

from assets.estimates.forecast import Show, expect, forecast, respond, seasonal_naive

FADE = np.array([100.0, 50.0, 25.0, 10.0, 5.0])


def weekly_show(days: int = 140, gap: int = 7, size: float = 1.0) -> Show:
    """An episode every `gap` days, each fading alike."""
    published = np.arange(0, days, gap)
    downloads = np.zeros((len(published), days))
    for row, day in enumerate(published):
        downloads[row, day : day + len(FADE)] = size * FADE[: days - day]
    return Show(published.astype(np.int64), downloads)


def test_an_episode_goes_on_as_those_before_it_did() -> None:
    """Known for two days: it still gets what every other got on the third to the fifth."""
    show = weekly_show()
    days, _ = expect(show, origin=134, horizon=5)
    assert days[19].tolist() == pytest.approx([25.0, 10.0, 5.0, 0.0, 0.0], abs=0.01)


def test_episodes_still_to_come_are_as_usual_and_on_their_day() -> None:
    _, coming = expect(weekly_show(), origin=134, horizon=14)
    assert [day for day, _ in coming] == [140, 147]
    assert coming[0][1][5:10].tolist() == pytest.approx(FADE.tolist(), rel=0.01)


def test_what_is_known_later_changes_no_forecast_from_before() -> None:
    """A backtest that saw the future would look better than it is."""
    show = weekly_show()
    before = expect(show, 100, 10)[0]
    show.downloads[:, 101:] *= 7
    assert (expect(show, 100, 10)[0] == before).all()


def test_the_last_week_comes_again_weekday_by_weekday() -> None:
    assert seasonal_naive(np.arange(20.0), 19, 9).tolist() == [13, 14, 15, 16, 17, 18, 19, 13, 14]


def test_conversions_follow_ads_late_and_fading() -> None:
    """Ads stop: what they still bring is less each day, and all of it a known rate of them."""
    ads = np.concatenate([np.full(40, 100.0), np.zeros(10)])
    keep = 0.5 ** (1 / 7)
    stock = np.array([(1 - keep) * sum(100 * keep**lag for lag in range(day + 1)) for day in range(40)])
    ahead = respond(ads[:40], 0.02 * stock, np.zeros(10))
    assert ahead == pytest.approx([0.02 * stock[-1] * keep ** (day + 1) for day in range(10)], rel=0.01)


def series(show: Show) -> np.ndarray:
    return show.downloads.sum(axis=0)


def test_the_model_is_shown_where_it_was_nearer_than_the_last_week_again() -> None:
    """Every 10 days: the last week again misses an episode, or counts one twice."""
    show = weekly_show(gap=10)

    def decay(origin: int, days: int) -> np.ndarray:
        known, coming = expect(show, origin, days)
        return known.sum(axis=0) + sum((path for _, path in coming), np.zeros(days))

    found = forecast(series(show), decay, "decay", 0, 12)
    assert found.method == "decay"
    assert found.error is not None and found.naive_error is not None and found.error < found.naive_error
    truth = series(weekly_show(152, 10))[140:].sum()
    assert found.expected == pytest.approx(truth, rel=0.02)
    assert found.intervals[0][0] >= found.intervals[1][0]
    assert found.probability_of(truth * 0.5) == pytest.approx(1.0, abs=0.02)
    assert found.probability_of(truth * 2) == pytest.approx(0.0, abs=0.02)


def test_a_model_that_was_no_nearer_gives_way_to_the_baseline() -> None:
    show = weekly_show()
    found = forecast(series(show), lambda origin, days: np.full(days, 1e6), "decay", 0, 14)
    assert (found.method, found.verdict) == ("seasonal_naive", "estimated")
    assert found.expected == pytest.approx(2 * FADE.sum())


@pytest.mark.parametrize(
    ("days", "start", "horizon", "verdict"),
    [(140, 0, 0, "flight_ended"), (140, 133, 10, "too_little_data"), (140, 110, 90, "too_far")],
)
def test_where_nothing_can_be_said_there_is_a_verdict_and_no_number(days: int, start: int, horizon: int, verdict: str) -> None:
    found = forecast(series(weekly_show(days)), lambda origin, ahead: np.ones(ahead), "decay", start, horizon)
    assert (found.verdict, found.expected, found.intervals) == (verdict, None, ())
    assert found.reason
    assert found.probability_of(10) is None


def test_a_series_of_nothing_has_no_forecast() -> None:
    assert forecast(np.zeros(100), lambda origin, days: np.zeros(days), "decay", 0, 10).verdict == "too_little_data"
