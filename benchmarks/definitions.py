"""`definitions.load_vs_import`: loading everything that Dagster runs, against the bare import of dagster and dagster_dbt."""

import subprocess
import sys
import time
from collections.abc import Iterable
from statistics import median
from typing import Any

from orchestration.dbt_command import prepare_manifest
from orchestration.settings import PROJECT_ROOT

# Taken in turns, so that what else the machine does falls on both.
ROUNDS = 3
BARE = "import dagster, dagster_dbt"
LOAD = "import orchestration.definitions"


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds to load the definitions in a fresh process, the median of the rounds; the ratio to the bare import's."""
    # Once before: a project that changed is parsed, and both have their bytecode.
    prepare_manifest()
    seconds(BARE)
    seconds(LOAD)
    pairs = [(seconds(BARE), seconds(LOAD)) for _ in range(ROUNDS)]
    bare, load = (median(side) for side in zip(*pairs, strict=True))
    yield {
        "name": "definitions.load_vs_import",
        "value": round(load, 3),
        "unit": "s",
        "against": f"{BARE}: {bare:.3f} s",
        "ratio": round(load / bare, 3),
    }


def seconds(code: str) -> float:
    """Wall clock of a fresh interpreter that runs `code`."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT_ROOT)
    return time.perf_counter() - began
