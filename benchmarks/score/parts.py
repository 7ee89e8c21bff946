"""The parts of the score, in the order in which a seed's world is asked: a later one may read what an earlier one left."""

import importlib.util
from collections.abc import Callable, Iterable, Mapping

from benchmarks.score.credit import credit
from benchmarks.score.deterministic import deterministic
from benchmarks.score.figures import FIGURES, Tally
from benchmarks.score.households import households
from benchmarks.score.lift import lift
from benchmarks.score.revenue import revenue
from benchmarks.score.worlds import ScoredWorld

Part = Callable[[ScoredWorld], Iterable[Tally]]
ALWAYS: Mapping[str, Part] = {
    "credit": credit,
    "deterministic": deterministic,
    "households": households,
    "revenue": revenue,
    "lift": lift,
}
NO_FRAUD = "The fraud score: the code that was measured had none; `make score` measures it where there is one."


def parts() -> Mapping[str, Part]:
    """Name of each part and its function; the fraud score's is there where the release has one."""
    if importlib.util.find_spec("benchmarks.score.fraud") is None:
        return ALWAYS
    return {**ALWAYS, "fraud": importlib.import_module("benchmarks.score.fraud").fraud}


def missing(tallies: Iterable[Tally]) -> tuple[str, ...]:
    """What these tallies say nothing of, a sentence each."""
    return () if any(FIGURES[tally.figure].part == "fraud" for tally in tallies) else (NO_FRAUD,)
