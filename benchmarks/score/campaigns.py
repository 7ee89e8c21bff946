"""The lift and forecast parts of the score: worlds measured in parallel, a handful at a time, each handful kept once it is done.

`python -m benchmarks.score --part campaigns` measures these parts alone and leaves the rest of the sheet as it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.score import handfuls
from benchmarks.score.handfuls import SIZE, Handful, Json

WORLDS = 2_000
# How many worlds of each kind there are, as a share of those for coverage: with an effect drawn, with none, with a difference
# between the groups that nothing shows, and flights to forecast.
SHARES = {"effect": 1.0, "nothing": 1.0, "hidden": 0.1, "forecast": 0.5}
FEWEST = 10
# The exposed of a `hidden` world buy this much more, ad or no ad.
HIDDEN = 0.6
MATTERS = (
    "assets/estimates/lift*.py",
    "assets/estimates/forecast*.py",
    "benchmarks/score/*_worlds.py",
    "benchmarks/score/campaigns.py",
)


def plan(worlds: int) -> list[Handful]:
    """(kind, seeds), handful by handful."""
    return [
        (kind, range(at, min(at + SIZE, 1 + count)))
        for kind, share in SHARES.items()
        for count in [max(FEWEST, round(worlds * share))]
        for at in range(1, 1 + count, SIZE)
    ]


def digest() -> str:
    """16 hex digits that change with whatever these figures depend on."""
    return handfuls.digest(MATTERS)


def measure_campaigns(home: Path, tell: Callable[[str], None], worlds: int = WORLDS, workers: int = 2) -> Json:
    """The part of the sheet: what was measured of how many worlds, summed up."""
    # Here, and not above: a process that only reads the sheet need not wait for scipy.
    from benchmarks.score.campaigns_sheet import summary

    planned = plan(worlds)
    rows = handfuls.measured(home / f"campaigns-{digest()}", "lift and forecasts", planned, rows_of, tell, workers)
    return {"about": {"code_digest": digest(), "worlds": sum(len(seeds) for _, seeds in planned)}, **summary(rows)}


def rows_of(kind: str, seeds: Sequence[int]) -> list[Json]:
    """The rows of these worlds: one a world, for forecasts one a figure."""
    if kind == "forecast":
        return [row for seed in seeds for row in _forecast_rows(seed)]
    return [_lift_row(kind, seed) for seed in seeds]


def _lift_row(kind: str, seed: int) -> Json:
    from assets.estimates.lift import is_comparable, measure, split_tests
    from benchmarks.score.lift_worlds import HEADLINE, PLACEBO, lift_world

    world = {
        "effect": lambda: lift_world(seed),
        "nothing": lambda: lift_world(seed + 1_000_000, lift=0.0),
        "hidden": lambda: lift_world(seed + 2_000_000, lift=0.0, hidden=HIDDEN),
    }[kind]()
    found, placebo = measure(world.cells, HEADLINE, seed), measure(world.cells, PLACEBO, seed)
    truth = world.truth(found)
    # A/A tests of every tenth world: they take as long as the rest.
    splits = split_tests(world.cells, HEADLINE, seed) if kind == "nothing" and seed % 10 == 1 else (0, 0)
    return {
        "kind": kind, "verdict": found.verdict, "true_lift": world.true_lift, "truth": truth, "lift": found.lift,
        "low": found.low, "high": found.high, "detectable": found.detectable, "is_comparable": is_comparable(placebo),
        "placebo_low": placebo.low, "placebo_high": placebo.high, "splits": splits[0], "splits_positive": splits[1],
    }  # fmt: skip


def _forecast_rows(seed: int) -> list[Json]:
    from assets.estimates.forecast_campaigns import outlook
    from benchmarks.score.forecast_worlds import forecast_world

    world = forecast_world(seed)
    rows = []
    for figure, found, _ in outlook(world.tenant, world.campaign, world.placements):
        (low, high), (low_95, high_95) = found.intervals or ((None, None), (None, None))
        truth = world.rest[figure]
        # A contract drawn about the truth: reached or not, against the chance that was given.
        chance = found.probability_of(truth * (0.8 + 0.4 * ((seed * 0.618) % 1)))
        rows.append(
            {
                "kind": "forecast", "figure": figure, "verdict": found.verdict, "method": found.method, "truth": truth,
                "expected": found.expected, "low": low, "high": high, "low_95": low_95, "high_95": high_95,
                "naive": world.naive(figure), "chance": chance, "is_reached": (seed * 0.618) % 1 <= 0.5,
            }
        )  # fmt: skip
    return rows
