"""The short form of `make chaos`: a few kills at moments of a seed, and an outage, against an independent ledger."""

from pathlib import Path

import pytest

from benchmarks.chaos.plan import KINDS, draw
from benchmarks.chaos.scenarios import kills, outage

SEED = 20260101


def test_the_same_seed_breaks_the_same_things() -> None:
    assert draw(SEED, 60, 3) == draw(SEED, 60, 3) != draw(SEED + 1, 60, 3)
    assert [sum(fault.kind == kind for fault in draw(SEED, 60, 3)) for kind in KINDS] == [20, 20, 20]


@pytest.mark.slow
def test_kills_lose_and_double_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    figures, holds = kills(tmp_path, SEED, 3, 60, 2, is_built=False)
    assert holds, figures
    assert figures["acknowledged"] > 100


@pytest.mark.slow
def test_an_outage_is_not_noticed_by_who_sends(tmp_path: Path) -> None:
    figures, holds = outage(tmp_path, SEED, 4, 60, 2, is_built=False)
    assert holds, figures
    assert figures["acknowledged"] > 100
