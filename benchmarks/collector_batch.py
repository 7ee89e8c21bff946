"""`collector.batch_vs_copy`: batches of 1,000 through the collector against a bare COPY of the same rows into the table."""

import io
import os
import time
from collections.abc import Iterable
from statistics import median
from typing import Any

import psycopg

from api.collector.rows import COLUMNS
from benchmarks.collector_load import BATCH_EVENTS
from benchmarks.collector_server import load, require_stored, running_collector

CLIENTS = 8
SECONDS = float(os.environ.get("HOSTREAD_BENCH_SECONDS", "4"))
ROUNDS = 3
COPIED_ROWS = 100_000


def run() -> Iterable[dict[str, Any]]:
    """One figure: the median of the rounds, both sides in turns, the table as full as the rounds before left it."""
    with running_collector() as bench:
        rounds = []
        for _ in range(ROUNDS):
            figures = load(bench.port, CLIENTS, SECONDS, "batch")
            rounds.append((figures["requests"] * BATCH_EVENTS / figures["seconds"], _bare_copy(bench.url)))
        require_stored(bench.url, 0)
    batched, bare = (median(side) for side in zip(*rounds, strict=True))
    yield {
        "name": "collector.batch_vs_copy", "value": round(batched), "unit": "events/s",
        "against": f"bare COPY {bare:,.0f} rows/s of the same rows into the same table; one process, {CLIENTS} clients",
        "ratio": round(batched / bare, 3),
    }  # fmt: skip


def _bare_copy(url: str) -> float:
    columns = ", ".join(COLUMNS)
    rows = io.BytesIO()
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        with cursor.copy(f"copy (select {columns} from raw.collector_events limit {COPIED_ROWS}) to stdout") as copy:
            rows.writelines(copy)
        text, count = rows.getvalue(), cursor.rowcount
        started = time.perf_counter()
        with cursor.copy(f"copy raw.collector_events ({columns}) from stdin") as copy:
            for at in range(0, len(text), 1_000_000):
                copy.write(text[at : at + 1_000_000])
        return count / (time.perf_counter() - started)
