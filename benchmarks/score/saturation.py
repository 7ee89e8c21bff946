"""The saturation part of the score: worlds measured in parallel, a handful at a time, each handful kept once it is done.

`python -m benchmarks.score --part saturation` measures this part alone and leaves the rest of the sheet as it was.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assets.estimates.saturation.shapes import MODEL_VERSION
from orchestration.settings import PROJECT_ROOT

WORLDS = 2_000
HANDFUL = 20
# How many worlds of each kind there are, as a share of those for coverage.
SHARES = {"accuracy": 0.2, "coverage": 0.8, "nothing": 1.0, "short": 0.15, "public": 0.1}
# Fewest of a kind, for a try.
FEWEST = 10
MATTERS = ("simulation/saturation*.py", "assets/estimates/saturation/*.py", "benchmarks/score/saturation*.py")
Json = dict[str, Any]


def plan(worlds: int) -> list[tuple[str, range]]:
    """(kind, seeds) handful by handful; worlds for coverage are those for accuracy and the rest, each seed in one of them."""
    handfuls = []
    for kind, share in SHARES.items():
        count = max(FEWEST, round(worlds * share))
        first = 1 + (max(FEWEST, round(worlds * SHARES["accuracy"])) if kind == "coverage" else 0)
        handfuls += [(kind, range(at, min(at + HANDFUL, first + count))) for at in range(first, first + count, HANDFUL)]
    return handfuls


def digest(root: Path = PROJECT_ROOT) -> str:
    """16 hex digits that change with whatever this part's figures depend on."""
    held = hashlib.sha256()
    for path in sorted(path for pattern in MATTERS for path in root.glob(pattern)):
        if path.name != "saturation_sheet.py":
            held.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return held.hexdigest()[:16]


def measure_saturation(home: Path, tell: Callable[[str], None], worlds: int = WORLDS, workers: int = 2) -> Json:
    """The part of the sheet: what was measured of how many worlds, summed up."""
    # Here, and not above: the sheet's parts are read without them.
    from benchmarks.score.saturation_sheet import summary

    folder = home / f"saturation-{digest()}"
    folder.mkdir(parents=True, exist_ok=True)
    handfuls = plan(worlds)
    left = [handful for handful in handfuls if not _path(folder, *handful).exists()]
    tell(f"saturation: {len(handfuls) - len(left)} of {len(handfuls)} handfuls of worlds are done already")
    # One thread a process: two that share two cores would each wait for the other's.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with multiprocessing.get_context("spawn").Pool(min(workers, max(1, len(left)))) as pool:
        for done, _ in enumerate(pool.imap_unordered(_measure, [(folder, *handful) for handful in left]), start=1):
            if done % 20 == 0 or done == len(left):
                tell(f"saturation: {done} of {len(left)} handfuls")
    rows = [row for handful in handfuls for row in json.loads(_path(folder, *handful).read_text("utf-8"))]
    return {"about": {"version": MODEL_VERSION, "code_digest": digest(), "worlds": len(rows)}, **summary(rows)}


def rows_of(kind: str, seeds: Sequence[int]) -> list[Json]:
    """The rows of these worlds."""
    # Here, and not above: a process that only plans need not wait for scipy.
    from benchmarks.score.saturation_public import measure_public
    from benchmarks.score.saturation_rows import measure_world

    return [(measure_public(seed) if kind == "public" else measure_world(kind, seed)).told() for seed in seeds]


def _measure(handful: tuple[Path, str, range]) -> None:
    folder, kind, seeds = handful
    path = _path(folder, kind, seeds)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(rows_of(kind, seeds)), "utf-8")
    draft.rename(path)


def _path(folder: Path, kind: str, seeds: range) -> Path:
    return folder / f"{kind}-{seeds.start}-{seeds.stop - 1}.json"
