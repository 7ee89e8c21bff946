"""Worlds measured in parallel, a handful at a time, each kept once it is done: a measurement goes on where it stopped."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_ROOT

SIZE = 20
Json = dict[str, Any]
# (kind of world, its seeds)
Handful = tuple[str, range]
# The rows of the worlds of one kind: a function of a module, since another process calls it.
Measure = Callable[[str, Sequence[int]], list[Json]]


def digest(matters: Sequence[str], besides: Sequence[str] = (), root: Path = PROJECT_ROOT) -> str:
    """16 hex digits that change with the files that these patterns name, but for those of the names `besides`."""
    held = hashlib.sha256()
    for path in sorted(path for pattern in matters for path in root.glob(pattern)):
        if path.name not in besides:
            held.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return held.hexdigest()[:16]


def measured(
    folder: Path, name: str, handfuls: Sequence[Handful], measure: Measure, tell: Callable[[str], None], workers: int
) -> list[Json]:
    """The rows of all handfuls, in their order; what `folder` holds already is not measured again."""
    folder.mkdir(parents=True, exist_ok=True)
    left = [handful for handful in handfuls if not _path(folder, handful).exists()]
    tell(f"{name}: {len(handfuls) - len(left)} of {len(handfuls)} handfuls of worlds are done already")
    # One thread a process: two that share two cores would each wait for the other's.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # This pool ends when its work has; the one of `multiprocessing` ends its processes by a signal that they may have to ignore.
    with ProcessPoolExecutor(min(workers, max(1, len(left))), get_context("spawn")) as pool:
        for done, one in enumerate(as_completed([pool.submit(_keep, folder, handful, measure) for handful in left]), start=1):
            one.result()
            if done % 20 == 0 or done == len(left):
                tell(f"{name}: {done} of {len(left)} handfuls")
    return [row for handful in handfuls for row in json.loads(_path(folder, handful).read_text("utf-8"))]


def _keep(folder: Path, handful: Handful, measure: Measure) -> None:
    path = _path(folder, handful)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(measure(*handful)), "utf-8")
    draft.rename(path)


def _path(folder: Path, handful: Handful) -> Path:
    kind, seeds = handful
    return folder / f"{kind}-{seeds.start}-{seeds.stop - 1}.json"
