"""What keeps the saturation fits from the oracle: oracles that are told less, and the mixed windows beside each single one.

    python -m benchmarks.score.limits --first 21001 --worlds 200

prints both tables; nothing is written. Its seeds are none of the sheet's: what is tried out here is not judged by the same worlds.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtr
from scipy.stats import binomtest

from assets.estimates.saturation.design import OWN_BASE, SHARED_BASE
from assets.estimates.saturation.shapes import Floats
from benchmarks.score.saturation_oracle import Problem, oracle_curve, problem_of
from benchmarks.score.saturation_rows import POINTS, accuracy, measure_world
from simulation.saturation import FAMILIES, PARAMETERS, SaturationWorld, make_saturation_world, steady, weekly

FIRST, WORLDS, HARDEST = 21_001, 200, 0.1
SHARES = np.cumsum([share for share, _ in FAMILIES.values()])[:-1]


def told_less(seed: int) -> dict[str, float]:
    """By what the oracle is told, the accuracy of its curve in the world of this seed; our fit's, too."""
    world = make_saturation_world(seed)
    low, high = (float(one) for one in np.quantile(world.spend[0], (0.05, 0.95)))
    grid: Floats = np.maximum(np.linspace(low, high, POINTS), 1e-6)
    truth, whole = world.curve(grid), problem_of(world)
    base = SHARED_BASE if world.is_shared else OWN_BASE
    hill = of_families(world, whole, ["hill"])
    asked = {
        "family and base, as worlds are drawn": whole,
        "family; the base as our fits take it": replace(whole, base=base),
        "five families, not which; the base": of_families(world, whole, list(FAMILIES)),
        "nothing but Hill; the base": hill,
        "nothing but Hill; the base as our fits take it": replace(hill, base=base),
    }
    return {told: accuracy(truth, oracle_curve(problem, grid)[0]) for told, problem in asked.items()}


def of_families(world: SaturationWorld, problem: Problem, names: Sequence[str]) -> Problem:
    """The problem of who takes curves to be of one of these families: of all, one more normal says which, by their shares."""
    relative = world.spend / world.reference[:, None]

    def chosen(normals: Floats, curves: list[Floats]) -> Floats:
        if len(curves) == 1:
            return curves[0]
        which = np.searchsorted(SHARES, ndtr(normals[:, PARAMETERS]))
        picked: Floats = np.stack(curves)[which, np.arange(len(normals))]
        return picked

    return replace(
        problem,
        parameters=PARAMETERS + (len(names) > 1),
        weekly=lambda show, normals: chosen(normals, [weekly(name, normals, relative[show]) for name in names]),
        steady=lambda normals, spend: chosen(normals, [steady(name, normals, spend / world.reference[0]) for name in names]),
    )


def oracle_lines(rows: Sequence[dict[str, float]], ours: Sequence[float]) -> Iterator[str]:
    """Median and hardest tenth, and both as shares of the oracle's that is told all."""
    whole = [next(iter(row.values())) for row in rows]
    columns = {**{told: [row[told] for row in rows] for told in rows[0]}, "our fits": list(ours)}
    for told, of in columns.items():
        middle, low = np.quantile(of, (0.5, HARDEST))
        best, lowest = np.quantile(whole, (0.5, HARDEST))
        yield f"{told:48} median {middle:.3f} ({middle / best:.3f})   10th percentile {low:.3f} ({low / lowest:.3f})"


def window_lines(mixed: Floats, windows: Floats) -> Iterator[str]:
    """The mixture less each single window, world by world: mean with its 95 % interval, and the sign test's exact p."""
    for number, name in enumerate(("13", "26", "52", "104")):
        away = mixed - windows[:, number]
        error = 1.96 * away.std(ddof=1) / np.sqrt(len(away))
        better, differ = int((away > 0).sum()), int((away != 0).sum())
        p = binomtest(better, differ).pvalue if differ else 1.0
        yield (
            f"mixed less {name:>3} weeks: {away.mean():+.4f} ({away.mean() - error:+.4f} to {away.mean() + error:+.4f}), "
            f"better in {better} of {differ} worlds (p {p:.3f})"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.score.limits", description=__doc__)
    parser.add_argument("--first", type=int, default=FIRST, help=f"the first seed (default {FIRST})")
    parser.add_argument("--worlds", type=int, default=WORLDS, help=f"how many worlds (default {WORLDS})")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.worlds)
    # The fit is made and its curve kept even where the verdict abstains, as on the sheet.
    fits = {seed: row for seed in seeds if (row := measure_world("coverage", seed)).accuracy is not None}
    ours = [float(row.accuracy or 0) for row in fits.values()]
    lines = [*oracle_lines([told_less(seed) for seed in fits], ours)]
    lines += window_lines(np.array(ours), np.array([row.windows for row in fits.values()]))
    sys.stdout.write("\n".join([f"{len(fits)} worlds, seeds {seeds.start} to {seeds.stop - 1}", *lines]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
