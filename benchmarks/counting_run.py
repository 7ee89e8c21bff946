"""What the counting benchmarks share: a server of their own, the landing in a process of its own, the counting models by dbt."""

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from assets.hosting.logs import land_logs
from benchmarks.counting_log import plant_network
from orchestration.build import begin_build, hold_build
from orchestration.dbt_command import run_dbt
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate

COUNTS = "+episode_downloads_daily"


@contextmanager
def counting_server() -> Iterator[tuple[str, Path]]:
    """A migrated, seeded database with the network of `counting_log`, and the folder to write logs to."""
    with tempfile.TemporaryDirectory(prefix="hostread-bench-") as folder:
        home = Path(folder)
        try:
            url = ensure_server(home, "bench")
            migrate(url)
            plant_network(url, home)
            # Views, seeds and dbt's own parse are no part of the counting: made before anything is measured.
            run_models(url, home, "full")
            yield url, home
        finally:
            remove_server(home)


def run_models(url: str, home: Path, mode: str, *models: str) -> tuple[float, float]:
    """Build the models as a build does, without its tests, and publish its window: (seconds, of them the models' own)."""
    settle(url)
    window = begin_build(url, mode, "bench")
    began = time.perf_counter()
    arguments = ["run", "--select", *(models or (COUNTS,)), *(["--full-refresh"] if mode == "full" else [])]
    result = run_dbt(url, arguments, home / "dbt")
    seconds = time.perf_counter() - began
    assert not result.failed_checks, result.failed_checks
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) values (%s, %s, %s, %s, now())",
            [uuid4(), mode, window.from_xact, window.to_xact],
        )
    hold_build(url, window.build_id, [])
    return seconds, sum(node.seconds for node in result.nodes)


def land(url: str, run_id: str) -> tuple[float, int, float]:
    """Land what is new in a process of its own: (seconds, lines, peak resident memory of that process in MB)."""
    receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_land, args=(url, run_id, sender))
    process.start()
    seconds, lines, peak = json.loads(receiver.recv())
    process.join()
    return seconds, lines, peak


def _land(url: str, run_id: str, sender: "multiprocessing.connection.Connection[str, str]") -> None:
    began = time.perf_counter()
    summary = land_logs(url, run_id, is_final=True)
    seconds = time.perf_counter() - began
    assert not summary.failures, summary.failures
    sender.send(json.dumps([seconds, summary.landed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024]))


def settle(url: str) -> None:
    """Wait until what was landed is what a build covers: an open snapshot of the server's own holds the watermark back."""
    with psycopg.connect(url, autocommit=True) as connection:
        mine = connection.execute("select pg_current_xact_id()::text").fetchone()
        assert mine is not None
        for _ in range(1_200):
            row = connection.execute("select pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", [mine[0]]).fetchone()
            if row and row[0]:
                return
            time.sleep(0.05)
    raise AssertionError("a transaction of the benchmark's server stayed open for a minute, expected none")
