"""Worlds of the public simulator `pysimmmulator`: two channels, one revenue between them, daily, added up to weeks.

Its curve is x · x^a / (x^a + g^a) of a day's adstocked impressions x: an exponent below 0 bends down as shows do, one above 0 bends
up, and 0 is a straight line. All three are among these worlds. Its conversion rates change from campaign to campaign, that of a
campaign of a week being the noise; its baseline grows and has a season and noise of its own.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gamma, ndtr

from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import Floats, Panel, Settings
from benchmarks.score.saturation_oracle import Problem
from benchmarks.score.saturation_rows import Row, judged

CHANNELS = ("first", "second")
YEARS, WEEKS = 2, 104
PARAMETERS = 3
REVENUE, RATE, PRICE = 20.0, 0.002, {"first": 12.0, "second": 9.0}
# A normal number's carry-over a day, exponent, and bend as a share of the most impressions.
MOST_CARRY, EXPONENTS, BENDS = 0.8, (-1.0, 0.4), (0.1, 1.0)


@dataclass(frozen=True)
class PublicWorld:
    """As simulation.saturation's worlds are asked; `worth`: revenue per response of channel 0 at its mean conversion rate."""

    seed: int
    spend: Floats
    response: Floats
    normals: Floats
    bends: tuple[float, float]
    worth: float
    noise: float
    noise_deviation: float
    collinearity: float
    today: float
    margin: float
    family: str = "pysimmmulator"
    is_shared: bool = True
    has_effect: bool = True

    def curve(self, spend: Floats) -> Floats:
        return self.worth * _steady(self.normals[0], self.bends[0], spend)

    def slope(self, spend: float) -> float:
        step = 1e-4 * max(spend, 1.0)
        low, high = self.curve(np.array([spend - step, spend + step]))
        return float(high - low) / (2 * step)


def measure_public(seed: int) -> Row:
    world = make_public_world(seed)
    panel = Panel(
        keys=CHANNELS,
        groups=("sponsor",) * 2,
        spend=world.spend,
        response=world.response,
        today=np.array([world.today, world.today]),
        margin=np.full(2, world.margin),
        responses=("revenue",) * 2,
    )
    return judged("public", world, 0.0, fit(panel, Settings(workers=1), seed)[0], problem_of(world))


def make_public_world(seed: int) -> PublicWorld:
    # Here, and not above: it brings matplotlib along.
    from pysimmmulator import Simulate, load_parameters

    random = np.random.default_rng((seed, 54))
    normals = random.standard_normal((2, PARAMETERS))
    scale = float(np.exp(random.uniform(np.log(0.004), np.log(0.02))))
    made = load_parameters.create_all_parameters(_configuration(random, normals, scale))
    simulator = Simulate(basic_params=made["basic_params"], random_seed=seed)
    simulator.total_population = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        baseline = simulator.simulate_baseline(made["baseline_params"])
        spends = simulator.simulate_ad_spend(baseline_sales_df=baseline, params=made["ad_spend_params"])
        spends = simulator.simulate_cvr(spend_df=simulator.simulate_media(spends, made["media_params"]), params=made["cvr_params"])
        days = simulator.calculate_conversions(simulator.simulate_decay_returns(spends, made["adstock_params"]))
        daily = simulator.consolidate_dataframe(mmm_df=days, baseline_sales_df=baseline)
    spend = np.stack([_weekly(daily[f"{channel}_spend"]) for channel in CHANNELS])
    revenue = _weekly(daily["total_revenue"])
    own = days["first_impressions_adstocked_decay_diminishing"].to_numpy()
    mean_rate = RATE * gamma(1 + 1 / (1 / scale / 10 + 1))
    expected = _weekly((baseline["baseline_sales"] - baseline["error"]).to_numpy() * REVENUE)
    for channel in CHANNELS:
        expected = expected + _weekly(days[f"{channel}_impressions_adstocked_decay_diminishing"].to_numpy()) * mean_rate * REVENUE
    deviation = float((revenue - expected).std())
    bends = tuple(
        _bend(normals[place]) * float(days[f"{channel}_impressions_adstocked"].max()) for place, channel in enumerate(CHANNELS)
    )
    return PublicWorld(
        seed, spend, np.tile(revenue, (2, 1)), normals, (bends[0], bends[1]), mean_rate * REVENUE,
        deviation / float((_weekly(own) * mean_rate * REVENUE).std()), deviation, float(np.corrcoef(spend[0], spend[1])[0, 1]),
        float(spend[0, -4:].mean()), float(np.exp(random.normal(-0.3, 0.5))),
    )  # fmt: skip


def problem_of(world: PublicWorld) -> Problem:
    """The oracle knows days to be sevenths of weeks, and where curves may bend as a share of the most impressions."""
    return Problem(
        seed=world.seed,
        response=world.response[0],
        shows=2,
        parameters=PARAMETERS,
        weekly=lambda show, normals: _weekly_shapes(normals, world.spend[show], CHANNELS[show]),
        steady=lambda normals, spend: _steady_for(normals, spend, world.spend[0]),
        base=(0.5, 0.25),
        noise_deviation=world.noise_deviation,
        unit=float(np.median(world.spend[0])),
    )


def _configuration(random: np.random.Generator, normals: Floats, scale: float) -> dict[str, Any]:
    channels = list(CHANNELS)
    return {
        "basic_params": {
            "years": YEARS, "channels_impressions": channels, "channels_clicks": [], "frequency_of_campaigns": 7,
            "start_date": "2023/01/02", "true_cvr": dict.fromkeys(channels, RATE), "revenue_per_conv": REVENUE,
        },
        "baseline_params": {
            "base_p": float(random.uniform(40, 400)), "trend_p": float(random.uniform(0, 30)),
            "temp_var": float(random.uniform(1, 4)), "temp_coef_mean": 3.0, "temp_coef_sd": 1.0,
            "error_std": float(random.uniform(2, 20)),
        },
        "ad_spend_params": {
            "campaign_spend_mean": 9_000.0, "campaign_spend_std": float(random.uniform(2_500, 5_000)),
            "max_min_proportion_on_each_channel": {"first": {"min": 0.2, "max": float(random.uniform(0.5, 0.9))}},
        },
        "media_params": {
            "true_cpm": PRICE, "true_cpc": {}, "noisy_cpm_cpc": {channel: {"loc": 0.0, "scale": 0.2} for channel in channels},
        },
        "cvr_params": {"noisy_cvr": {channel: {"loc": 0.0, "scale": scale} for channel in channels}},
        "adstock_params": {
            "adstock": {
                channel: {"type": "geometric", "params": {"lambda": float(MOST_CARRY * ndtr(normals[place, 0]))}}
                for place, channel in enumerate(channels)
            },
            "saturation": {
                channel: {
                    "type": "hill",
                    "params": {"alpha": float(_exponent(normals[place])), "gamma": float(_bend(normals[place]))},
                }
                for place, channel in enumerate(channels)
            },
        },
        "output_params": {"aggregation_level": "daily"},
    }  # fmt: skip


def _exponent(normals: Floats) -> Any:
    return EXPONENTS[0] + (EXPONENTS[1] - EXPONENTS[0]) * ndtr(normals[..., 1])


def _bend(normals: Floats) -> Any:
    return BENDS[0] + (BENDS[1] - BENDS[0]) * ndtr(normals[..., 2])


def _weekly(daily: Any) -> Floats:
    added: Floats = np.asarray(daily, dtype=float)[: WEEKS * 7].reshape(WEEKS, 7).sum(axis=1)
    return added


def _response(normals: Floats, stock: Floats, bend: Any) -> Floats:
    exponent = _exponent(normals)[..., None]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        response: Floats = stock / (1 + (np.asarray(bend)[..., None] / stock) ** exponent)
    return np.nan_to_num(response)


def _steady(normals: Floats, bend: Any, spend: Floats, price: float = PRICE["first"]) -> Floats:
    carry = MOST_CARRY * ndtr(normals[..., 0])
    return 7 * _response(normals, spend / 7 / price * 1000 / (1 - carry[..., None]), bend)


def _stocks(normals: Floats, spend: Floats, price: float) -> Floats:
    carry = MOST_CARRY * ndtr(normals[:, 0])
    impressions = np.repeat(spend / 7 / price * 1000, 7)
    stock = np.empty((len(normals), len(impressions)))
    level = np.zeros(len(normals))
    for day, shown in enumerate(impressions):
        level = carry * level + shown
        stock[:, day] = level
    return stock


def _weekly_shapes(normals: Floats, spend: Floats, channel: str) -> Floats:
    stock = _stocks(normals, spend, PRICE[channel])
    daily = _response(normals, stock, _bend(normals) * stock.max(axis=1))
    added: Floats = daily.reshape(len(normals), WEEKS, 7).sum(axis=2)
    return added


def _steady_for(normals: Floats, spend: Floats, spent: Floats) -> Floats:
    most = _stocks(normals, spent, PRICE["first"]).max(axis=1)
    return _steady(normals, _bend(normals) * most, spend)
