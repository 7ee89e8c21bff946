"""What a flight will have brought by its end: the decay of its shows' episodes, or the same weekdays again where those did better.

In go daily counts up to the last whole day, out a `Forecast`: the rest of the flight with intervals, or why there is none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

MODEL_VERSION = "forecast-1"
SEASON = 7
# An episode's downloads are followed by age so far; what is older goes on as it did in the last weeks.
OLDEST, CATALOGUE_DAYS = 60, 28
# Backtests: origins at most, at least, the days known at the first, and the shortest stretch that is worth forecasting.
MOST_ORIGINS, FEWEST_ORIGINS, FEWEST_DAYS, SHORTEST = 12, 4, 7, 3
# Origins go back no further than this: what a show was long ago says little of how well it is known now.
RECENT = 84
# A forecast reaches this many times as far as its backtests did, and no further.
FURTHEST = 3
LEVELS = (0.8, 0.95)
# About half of podcast conversions come a week or more after the ad (domain rules, section 5). One fitted to a campaign's own past
# was worse: a median error of 25 % of what then came, in worlds where this one has 18 %.
HALF_LIFE_DAYS = 7

# (daily expectations after an origin) of a series: called with the last day that is known and how many days follow.
Path = Callable[[int, int], Floats]


@dataclass(frozen=True)
class Show:
    """One show: each episode's day of publication and downloads by day. Days are numbered from the first column's, which is 0."""

    published: Integers
    downloads: Floats

    @property
    def last(self) -> int:
        return int(self.downloads.shape[1]) - 1


@dataclass(frozen=True)
class Forecast:
    """The rest of one series: figures are None where the verdict is no estimate. Errors are wMAPE of the backtests' totals."""

    verdict: str
    reason: str
    method: str | None = None
    expected: float | None = None
    intervals: tuple[tuple[float, float], ...] = ()
    origins: int = 0
    error: float | None = None
    naive_error: float | None = None
    spread: float | None = None
    freedom: float | None = None

    def probability_of(self, needed: float) -> float | None:
        """The chance that the rest is at least `needed`."""
        if self.expected is None or self.spread is None or self.freedom is None:
            return None
        if needed <= 0:
            return 1.0
        if self.expected <= 0:
            return 0.0
        return float(student.sf(math.log(needed / self.expected) / max(self.spread, 1e-9), self.freedom))


def expect(show: Show, origin: int, horizon: int) -> tuple[Floats, list[tuple[int, Floats]]]:
    """(episodes x days after `origin`, [(day of publication, days)] of episodes still to come), from what was known then.

    By age: what episodes of the show had by each age over what they had the day before (a chain ladder). A young episode is taken
    for a usual one as far as its own downloads do not say yet (Bornhuetter and Ferguson).
    """
    known = show.downloads[:, : origin + 1]
    born = (show.published >= 0) & (show.published <= origin)
    ages = origin - show.published
    young = born & (ages < OLDEST)
    days = np.zeros((len(show.published), horizon))
    window = known[:, -CATALOGUE_DAYS:]
    days[~young & (show.published <= origin)] = window[~young & (show.published <= origin)].mean(axis=1, keepdims=True)
    by_age = _by_age(show.published, known, born, origin)
    shares = _shares(by_age)
    full = np.nansum(by_age, axis=1) / np.maximum(shares.cumsum()[np.minimum(ages[born], OLDEST - 1)], 1e-9)
    if not len(full):
        return days, []
    usual = float(np.median(full[np.argsort(show.published[born])][-8:]))
    for row in np.flatnonzero(young):
        age = int(ages[row])
        seen = float(shares[: age + 1].sum())
        size = float(known[row, show.published[row] :].sum()) + (1 - seen) * usual
        ahead = shares[age + 1 : age + 1 + horizon]
        days[row, : len(ahead)] = size * ahead
        if horizon > len(ahead):
            days[row, len(ahead) :] = size * shares[-7:].mean()
    return days, _still_to_come(np.sort(show.published[show.published <= origin]), usual * shares, origin, horizon)


def _by_age(published: Integers, known: Floats, born: Booleans, origin: int) -> Floats:
    """Episodes published within what is known x age in days; NaN where the day has not come."""
    places = published[born][:, None] + np.arange(OLDEST)
    values = known[born][np.arange(len(places))[:, None], np.minimum(places, origin)]
    return np.where(places <= origin, values, np.nan)


def _shares(by_age: Floats) -> Floats:
    """The share of an episode's downloads that falls on each day of its age; they sum to 1."""
    there = ~np.isnan(by_age)
    running = np.cumsum(np.where(there, by_age, 0.0), axis=1)
    grown = np.ones(OLDEST)
    for age in range(1, OLDEST):
        both = there[:, age]
        before = float(running[both, age - 1].sum())
        if before > 0:
            grown[age] = float(running[both, age].sum()) / before
    level = np.cumprod(grown)
    shares: Floats = np.diff(level, prepend=0.0) / level[-1]
    return shares


def _still_to_come(published: Integers, usual: Floats, origin: int, horizon: int) -> list[tuple[int, Floats]]:
    """Episodes at the show's usual distance from one another, each as large as usual."""
    if len(published) < 2:
        return []
    recent = published[-13:]
    distance = max(0.5, float(recent[-1] - recent[0]) / (len(recent) - 1))
    found: list[tuple[int, Floats]] = []
    # One that is overdue comes on the first day.
    due = max(float(published[-1]) + distance, origin + 1.0)
    while round(due) <= origin + horizon:
        place = round(due) - origin - 1
        days = np.zeros(horizon)
        ahead = usual[: horizon - place]
        days[place : place + len(ahead)] = ahead
        found.append((round(due), days))
        due += distance
    return found


def respond(ads: Floats, conversions: Floats, ahead: Floats) -> Floats:
    """Conversions by day after `ads` and `conversions` end, if `ahead` are the ads to come.

    Each ad brings the same, late and fading, at the rate that the past had.
    """
    keep = 0.5 ** (1 / HALF_LIFE_DAYS)
    stock = np.empty(len(ads) + len(ahead))
    level = 0.0
    for day, value in enumerate(np.concatenate([ads, ahead])):
        level = keep * level + (1 - keep) * float(value)
        stock[day] = level
    past = float(stock[: len(ads)].sum())
    found: Floats = stock[len(ads) :] * (float(conversions.sum()) / past if past > 0 else 0.0)
    return found


def seasonal_naive(series: Floats, origin: int, horizon: int) -> Floats:
    """The last week again and again."""
    week = series[max(0, origin + 1 - SEASON) : origin + 1]
    return np.resize(week, horizon)


def forecast(series: Floats, model: Path, method: str, start: int, horizon: int) -> Forecast:
    """The sum of `series` over the `horizon` days after its last. `start`: its first day that counts.

    Both ways are tried from earlier days on; the model is shown where its totals were nearer, else the same weekdays again.
    """
    last = len(series) - 1
    known = last - start + 1
    reach = min(horizon, (known - FEWEST_DAYS) // 2)
    latest = last - reach
    first = max(start + FEWEST_DAYS - 1, latest - RECENT)
    if horizon <= 0:
        return Forecast("flight_ended", "the flight has ended")
    if reach < min(SHORTEST, horizon) or latest - first + 1 < FEWEST_ORIGINS:
        return Forecast("too_little_data", f"found {known} days to learn from, expected at least {FEWEST_DAYS + 2 * SHORTEST + 1}")
    if series[start:].sum() <= 0:
        return Forecast("too_little_data", "found nothing in the days so far")
    if horizon > FURTHEST * reach:
        return Forecast(
            "too_far", f"{horizon} days are to come, and {known} days of history are enough to look {FURTHEST * reach} ahead"
        )
    origins = np.unique(np.linspace(first, latest, min(MOST_ORIGINS, latest - first + 1)).round().astype(int))
    actual = np.array([series[origin + 1 : origin + 1 + reach].sum() for origin in origins])
    paths: dict[str, Path] = {method: model, "seasonal_naive": lambda origin, days: seasonal_naive(series, origin, days)}
    tried = {name: np.array([path(int(origin), reach).sum() for origin in origins]) for name, path in paths.items()}
    errors = {name: float(np.abs(values - actual).sum() / max(actual.sum(), 1.0)) for name, values in tried.items()}
    chosen = method if errors[method] < errors["seasonal_naive"] else "seasonal_naive"
    expected = float(paths[chosen](last, horizon).sum())
    missed = np.log((actual + 0.5) / (tried[chosen] + 0.5))
    # Backtests that overlap by half still say something each, so that they count double; chance alone leaves 1 / n.
    freedom = max(4.0, 2 * (latest - first) / reach + 1)
    spread = math.sqrt((float((missed**2).mean()) + 1 / max(expected, 1.0)) * max(1.0, horizon / reach))
    intervals = tuple(_interval(expected, spread, freedom, level) for level in LEVELS)
    return Forecast(
        "estimated", "", chosen, expected, intervals, len(origins), errors[chosen], errors["seasonal_naive"], spread, freedom
    )


def _interval(expected: float, spread: float, freedom: float, level: float) -> tuple[float, float]:
    width = float(student.ppf(0.5 + level / 2, freedom)) * spread
    return expected * math.exp(-width), expected * math.exp(min(width, 50.0))
