"""What is broken when: drawn from a seed, so that a run that found something is run again. Pure."""

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["collector", "database", "both"]
KINDS: tuple[Kind, ...] = ("collector", "database", "both")


@dataclass(frozen=True, slots=True)
class Fault:
    """After `wait` seconds of quiet: kill -9 of one collector, an immediate stop of PostgreSQL, or both at the same moment; what
    was broken is started again after `down` seconds."""

    wait: float
    kind: Kind
    collector: int
    down: float


def draw(seed: int, kills: int, collectors: int) -> list[Fault]:
    """`kills` faults, every kind equally often, in an order and at moments of the seed's."""
    rng = random.Random(seed)  # noqa: S311
    kinds = [KINDS[number % len(KINDS)] for number in range(kills)]
    rng.shuffle(kinds)
    return [Fault(rng.uniform(0.3, 2.5), kind, rng.randrange(collectors), rng.uniform(0.0, 2.0)) for kind in kinds]
