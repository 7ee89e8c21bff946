"""`make large`: every verdict and count of the world `large` against its truth, ten tenants at a time.

A hundred tenants are ten million requests: more than one database of a small machine should hold for a test, and no count of a
tenant depends on another's. So each group of tenants is a world, a server and a build of its own; two run side by side. What a
group gave stays under HOSTREAD_HOME, and a second call goes on where the first one stopped.
"""

import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from assets.hosting.lists import load_ip_ranges
from benchmarks.counting_run import land, run_models
from benchmarks.simulated import HERE, land_network, publish
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate
from orchestration.settings import settings
from orchestration.truth import compare
from simulation import make_world

TENANTS, TOGETHER, SIDE_BY_SIDE = 100, 10, 2
NOW = "2026-06-01T12:00:00Z"
MARTS = ("episode_downloads_daily", "campaign_delivery_daily")
COMPARED = ("daily counts", "verdicts", "placements")
Group = tuple[int, int]


def main() -> int:
    """Status 0 where every group equals its truth, 1 where one differs."""
    done = settings().home / "large"
    done.mkdir(parents=True, exist_ok=True)
    groups = [(first, min(first + TOGETHER, TENANTS)) for first in range(0, TENANTS, TOGETHER)]
    waiting = [group for group in groups if not _path(done, group).exists()]
    with ProcessPoolExecutor(SIDE_BY_SIDE, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        for future in as_completed({pool.submit(_judge, group): group for group in waiting}):
            result = future.result()
            draft = done / "draft"
            draft.write_text(json.dumps(result), "utf-8")
            draft.rename(_path(done, (result["first"], result["last"])))
            _say(f"tenants {result['first']} to {result['last'] - 1} in {result['seconds']:.0f} s: {_words(result['compared'])}")
    results = [json.loads(_path(done, group).read_text("utf-8")) for group in groups]
    total = {name: [sum(result["compared"][name][place] for result in results) for place in (0, 1)] for name in COMPARED}
    print(json.dumps({"tenants": TENANTS, "requests": sum(result["requests"] for result in results), **total}))
    for result in results:
        for example in result["examples"]:
            _say(f"tenants {result['first']} to {result['last'] - 1}: {example}")
    return 1 if any(differing for _, differing in total.values()) else 0


def _path(done: Path, group: Group) -> Path:
    return done / f"{group[0]:03}-{group[1]:03}.json"


def _judge(group: Group) -> dict[str, Any]:
    """Make, land, count and compare one group: {name: [compared, differing]} and a few of what differs in words."""
    began = time.monotonic()
    os.environ["HOSTREAD_LARGE_TENANTS"] = f"{group[0]}:{group[1]}"
    with tempfile.TemporaryDirectory(prefix="hostread-large-") as folder:
        home = Path(folder)
        world = make_world("large", settings().seed, NOW, home / f"large-{group[0]}", HERE)
        try:
            url = ensure_server(home, "large", {"fsync": "off"})
            migrate(url)
            land_network(url, world, "large")
            load_ip_ranges(url, world / "lists" / "ip_ranges.csv", "large")
            requests = land(url, "large")[1]
            run_models(url, home, "full", *(f"+{mart}" for mart in MARTS))
            publish(url, home / "dbt" / "manifest.json", MARTS)
            report = compare(url, world, COMPARED)
        finally:
            remove_server(home)
            shutil.rmtree(world)
    return {
        "first": group[0],
        "last": group[1],
        "requests": requests,
        "seconds": time.monotonic() - began,
        "compared": {one.name: [one.compared, one.mismatched] for one in report.comparisons},
        "examples": [f"{one.name}: {example}" for one in report.comparisons for example in one.examples],
    }


def _words(compared: Mapping[str, list[int]]) -> str:
    def words() -> Iterator[str]:
        for name, (keys, differing) in compared.items():
            yield f"{keys:,} {name} equal" if not differing else f"{differing:,} of {keys:,} {name} DIFFER"

    return ", ".join(words())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
