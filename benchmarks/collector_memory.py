"""`collector.memory`: what a collector holds after 5 million events against what it held after the first part of them."""

import os
from collections.abc import Iterable
from typing import Any

import psycopg

from benchmarks.collector_load import BATCH_EVENTS
from benchmarks.collector_server import load, running_collector, workers_rss

EVENTS = int(os.environ.get("HOSTREAD_BENCH_MEMORY_EVENTS", "1000000"))
CLIENTS = 8
SECONDS = 5.0
# Buffers, caches and the allocator have their size by then.
WARM_SHARE = 0.2


def run() -> Iterable[dict[str, Any]]:
    """One figure: resident bytes at the end over those after a fifth. HOSTREAD_BENCH_MEMORY_EVENTS=5000000 is the issue's size."""
    held: list[tuple[int, int]] = []
    with running_collector() as bench:
        sent = 0
        while sent < EVENTS:
            sent += int(load(bench.port, CLIENTS, SECONDS, "batch")["requests"]) * BATCH_EVENTS
            held.append((sent, workers_rss(bench.process)))
            with psycopg.connect(bench.url, autocommit=True) as connection:
                # It is the collector's memory that is measured; the disk need not hold them all.
                connection.execute("truncate raw.collector_events")
    first = next(size for count, size in held if count >= EVENTS * WARM_SHARE)
    yield {
        "name": "collector.memory", "value": round(held[-1][1] / 1e6, 1), "unit": "MB",
        "against": f"{first / 1e6:.1f} MB after {WARM_SHARE:.0%} of {held[-1][0]:,} events in batches of {BATCH_EVENTS:,}",
        "ratio": round(held[-1][1] / first, 3),
    }  # fmt: skip
