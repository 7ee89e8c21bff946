"""Two years of spend by day with what came of it: a true Hill response to adstocked spend, seasons, weekdays, noise."""

import csv
import math
from pathlib import Path

import numpy as np

from simulation.chance import vector_stream
from simulation.clock import iso_day
from simulation.model import Show, Sponsor
from simulation.sponsors import MINOR_UNITS

WEEKDAYS = np.array([1.0, 1.06, 1.08, 1.04, 1.0, 0.92, 0.90])
MAX_PAIRS = 8
# Half-saturation over today's spend: from well above it (unsaturated) to well below (saturated).
HALVES = (2.5, 1.0, 0.4)
# What the next unit of that spend is worth after margin, so that a network has shows that want more and some that have too much.
WORTH = (2.2, 1.35, 0.45)
# A show whose next unit still pays and brings less than half of the first lies further up its curve.
WORTH_HALVES = (2.5, 0.6, 0.4)
# So many weeks are spent at about the reference to the end: else a month's chance decides what is judged.
STEADY_WEEKS = 6
HEADER = ("date", "sponsor_id", "show_id", "currency", "spend", "ads_delivered", "conversions", "revenue")
TruthRow = tuple[object, ...]


def write_spend(
    path: Path,
    slug: str,
    seed: int,
    weeks: int,
    last_day: int,
    sponsors: list[Sponsor],
    shows: tuple[Show, ...],
    is_worth_it: bool = False,
) -> list[TruthRow]:
    """Write `spend.csv` for up to eight pairs of sponsor and show; returns the true curve of each. With `is_worth_it` a show brings
    what makes WORTH of its next unit of spend, else whatever is drawn.

    Every fourth pair spends the same each week: nothing can be learned of its curve, and the honest verdict is that.
    """
    pairs = [(sponsor, show) for sponsor in sponsors for show in shows][:MAX_PAIRS]
    truth = []
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for number, (sponsor, show) in enumerate(pairs):
            rows, curve = _pair(seed, number, weeks, last_day, sponsor, show, is_worth_it)
            writer.writerows(rows)
            truth.append((slug, sponsor.sponsor_id, show.show_id, *curve))
    return truth


def _pair(
    seed: int, number: int, weeks: int, last_day: int, sponsor: Sponsor, show: Show, is_worth_it: bool
) -> tuple[list[tuple[object, ...]], tuple[object, ...]]:
    draw = vector_stream(seed, sponsor.sponsor_id, show.show_id, "spend")
    units = MINOR_UNITS[sponsor.currency]
    reference = float(draw.uniform(2_000, 9_000)) * units
    half = reference * (WORTH_HALVES if is_worth_it else HALVES)[number % len(HALVES)]
    shape = float(draw.uniform(1.0, 1.6))
    carry = float(draw.uniform(0.2, 0.55))
    season = float(draw.uniform(0.1, 0.3))
    most = float(draw.uniform(60, 180))
    ratio = reference**shape / (reference**shape + half**shape)
    if is_worth_it:
        slope = shape / reference * ratio * (1 - ratio) * sponsor.basket_minor * float(sponsor.margin_rate)
        most = WORTH[number % len(WORTH)] / slope
    if number % 4 == 3:
        weekly = np.full(weeks, reference)
    else:
        weekly = reference * np.exp(draw.normal(0, 0.55, weeks)) * (draw.random(weeks) > 0.08)
        if is_worth_it:  # what WORTH says is of today's spend
            weekly[-STEADY_WEEKS:] = reference * np.exp(draw.normal(0, 0.06, STEADY_WEEKS))
    days = weeks * 7
    weekday = WEEKDAYS[np.arange(last_day - days + 1, last_day + 1) % 7]
    spend = np.round(np.repeat(weekly / 7, 7) * weekday).astype(np.int64)
    daily_carry = carry ** (1 / 7)
    stock = np.empty(days)
    level = float(weekly[0] / 7)
    for day in range(days):
        level = level * daily_carry + (1 - daily_carry) * float(spend[day])
        stock[day] = level * 7
    season_curve = 1 + season * np.sin(2 * np.pi * np.arange(days) / 364)
    mean = most / 7 * stock**shape / (stock**shape + half**shape) * season_curve * weekday
    conversions = draw.poisson(mean)
    revenue = np.round(conversions * sponsor.basket_minor * np.exp(draw.normal(0, 0.12, days))).astype(np.int64)
    ads = np.round(spend / units / 0.025 * np.exp(draw.normal(0, 0.05, days))).astype(np.int64)
    rows: list[tuple[object, ...]] = [
        (
            iso_day(last_day - days + 1 + day), sponsor.sponsor_id, show.show_id, sponsor.currency,
            _decimal(int(spend[day]), units), int(ads[day]), int(conversions[day]), _decimal(int(revenue[day]), units),
        )
        for day in range(days)
    ]  # fmt: skip
    curve = (
        round(most, 3),
        math.floor(half),
        round(shape, 4),
        round(carry, 4),
        round(season, 4),
        math.floor(reference),
        round(ratio, 4),
    )
    return rows, curve


def _decimal(minor: int, units: int) -> str:
    return str(minor) if units == 1 else f"{minor // units}.{minor % units:02}"
