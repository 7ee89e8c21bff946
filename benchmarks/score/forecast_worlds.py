"""Worlds of shows and flights for the forecast, day by day: episodes that come and fade, ads that a share of downloads delivers,
conversions that follow late. The days after "today" are made too, and are the truth."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from assets.estimates.forecast import Floats, Show
from assets.estimates.forecast_campaigns import DAYS, Tenant

SHOW, PLACEMENT, CAMPAIGN = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST = date(2025, 1, 1)
AHEAD = 60


@dataclass(frozen=True)
class ForecastWorld:
    """What the product is given up to today, and what truly comes in the rest of the flight."""

    tenant: Tenant
    campaign: dict[str, Any]
    placements: list[dict[str, Any]]
    rest: dict[str, float]

    def naive(self, figure: str) -> float:
        """The rest of the flight if the last week came again and again."""
        known = {
            "ads": self.tenant.ads[PLACEMENT],
            "downloads": self.tenant.shows[SHOW].downloads.sum(axis=0),
            "conversions": self.tenant.conversions[CAMPAIGN],
        }[figure]
        days = (self.campaign["flight_end"] - self.campaign["last_day"]).days
        return float(np.resize(known[-7:], days).sum())


def forecast_world(seed: int) -> ForecastWorld:
    """One show, one flight; how often it publishes, how it fades, grows and varies is drawn from the seed."""
    draw = np.random.default_rng([seed, 577])
    days, today = DAYS + AHEAD, DAYS - 1
    gap = float(draw.choice([1.0, 2.33, 3.5, 7.0, 14.0]))
    published = np.unique((DAYS - draw.integers(120, 360) + np.arange(400) * gap + draw.normal(0, 0.3, 400)).round().astype(int))
    published = published[(published >= 0) & (published < days)]
    size = float(np.exp(draw.uniform(np.log(80), np.log(6_000))))
    growth = np.exp(draw.normal(0, 0.0015) * np.arange(days))
    fade = draw.uniform(0.5, 1.5)
    age = np.arange(days)
    profile = np.exp(-age / draw.uniform(1.5, 5)) + 0.12 * np.exp(-age / 25) * fade
    weekday = 1 + 0.15 * np.sin(2 * np.pi * (np.arange(days) + draw.integers(7)) / 7)
    rows = []
    for day in published.tolist():
        mean = np.zeros(days)
        mean[day:] = size * draw.lognormal(0, 0.18) * profile[: days - day] / profile.sum()
        rows.append(draw.poisson(mean * growth * weekday * draw.gamma(60, 1 / 60, days)))
    catalogue = draw.poisson(size * 0.02 * growth * weekday)
    downloads = np.array([catalogue, *rows], float)
    flight = int(draw.integers(25, 75))
    begins = today - int(draw.integers(14, flight - 4))
    ends = begins + flight
    is_baked = bool(draw.random() < 0.3)
    born = np.concatenate([[-400], published])
    carried = (born >= begins) & (born <= ends) if is_baked else np.ones(len(born), bool)
    heard = downloads[carried].sum(axis=0) * (np.arange(days) >= begins)
    ads = draw.binomial(heard.astype(int), draw.uniform(0.6, 0.95)).astype(float)
    ads[np.arange(days) > (ends + 90 if is_baked else ends)] = 0
    delay = np.exp(-np.arange(45) / draw.uniform(5, 14))
    conversions = draw.poisson(np.convolve(ads, delay / delay.sum())[:days] * draw.uniform(0.004, 0.03)).astype(float)
    known = born <= today
    guids = [f"e{number}" for number in range(int(known.sum()))]
    rest = slice(today + 1, ends + 1)
    truth = {"ads": ads, "downloads": downloads.sum(axis=0), "conversions": conversions}
    place = {"flight_start": FIRST + timedelta(days=begins), "flight_end": FIRST + timedelta(days=ends)}
    ad = {
        "show_id": SHOW, "placement_id": PLACEMENT, "insertion": "baked_in" if is_baked else "dynamic", "episode_guids": None,
    }  # fmt: skip
    tenant = Tenant(
        FIRST, DAYS, {SHOW: Show(born[known], downloads[known, :DAYS])}, {SHOW: guids}, {PLACEMENT: ads[:DAYS]},
        {CAMPAIGN: conversions[:DAYS]},
    )  # fmt: skip
    return ForecastWorld(
        tenant,
        {"tenant_id": 1, "campaign_id": CAMPAIGN, "last_day": FIRST + timedelta(days=today), "contracted": None, **place},
        [{**ad, **place}],
        {figure: _sum(series, rest) for figure, series in truth.items()},
    )  # fmt: skip


def _sum(series: Floats, days: slice) -> float:
    return float(series[days].sum())
