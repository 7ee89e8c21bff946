"""The saturation part of the score: worlds measured in parallel, a handful at a time, each handful kept once it is done.

`python -m benchmarks.score --part saturation` measures this part alone and leaves the rest of the sheet as it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from assets.estimates.saturation.shapes import MODEL_VERSION
from benchmarks.score import handfuls
from benchmarks.score.handfuls import SIZE, Handful, Json

WORLDS = 2_000
# How many worlds of each kind there are, as a share of those for coverage.
SHARES = {"accuracy": 0.2, "coverage": 0.8, "nothing": 1.0, "short": 0.15, "public": 0.1}
# Fewest of a kind, for a try.
FEWEST = 10
MATTERS = ("simulation/saturation*.py", "assets/estimates/saturation/*.py", "benchmarks/score/saturation*.py")


def plan(worlds: int) -> list[Handful]:
    """(kind, seeds) handful by handful; worlds for coverage are those for accuracy and the rest, each seed in one of them."""
    planned: list[Handful] = []
    for kind, share in SHARES.items():
        count = max(FEWEST, round(worlds * share))
        first = 1 + (max(FEWEST, round(worlds * SHARES["accuracy"])) if kind == "coverage" else 0)
        planned += [(kind, range(at, min(at + SIZE, first + count))) for at in range(first, first + count, SIZE)]
    return planned


def digest() -> str:
    """16 hex digits that change with whatever this part's figures depend on."""
    return handfuls.digest(MATTERS, besides=("saturation_sheet.py",))


def measure_saturation(home: Path, tell: Callable[[str], None], worlds: int = WORLDS, workers: int = 2) -> Json:
    """The part of the sheet: what was measured of how many worlds, summed up."""
    # Here, and not above: the sheet's parts are read without them.
    from benchmarks.score.saturation_sheet import summary

    rows = handfuls.measured(home / f"saturation-{digest()}", "saturation", plan(worlds), rows_of, tell, workers)
    return {"about": {"version": MODEL_VERSION, "code_digest": digest(), "worlds": len(rows)}, **summary(rows)}


def rows_of(kind: str, seeds: Sequence[int]) -> list[Json]:
    """The rows of these worlds."""
    # Here, and not above: a process that only plans need not wait for scipy.
    from benchmarks.score.saturation_public import measure_public
    from benchmarks.score.saturation_rows import measure_world

    return [(measure_public(seed) if kind == "public" else measure_world(kind, seed)).told() for seed in seeds]
