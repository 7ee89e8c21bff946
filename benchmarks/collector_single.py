"""`collector.single_vs_empty`: durable single events against empty requests to the same server by as many clients, in one run."""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.collector_server import load, require_stored, running_collector
from orchestration.local import layout

CLIENTS = 64
SECONDS = float(os.environ.get("HOSTREAD_BENCH_SECONDS", "4"))
# Taken in turns, so that what else the machine does falls on both.
ROUNDS = 3
INSERT = "insert into pgbench_events (body) values ('{body}')"


def run() -> Iterable[dict[str, Any]]:
    """One figure: the median of the rounds. Raises where an answer was no 200, or a row is missing."""
    with running_collector() as bench:
        rounds = [
            (load(bench.port, CLIENTS, SECONDS, "empty"), load(bench.port, CLIENTS, SECONDS, "single")) for _ in range(ROUNDS)
        ]
        require_stored(bench.url, sum(single["requests"] for _, single in rounds))
        inserts = _pgbench(bench.url, layout(bench.home).binaries / "pgbench")
    empty = median(r[0]["requests"] / r[0]["seconds"] for r in rounds)
    single = median(r[1]["requests"] / r[1]["seconds"] for r in rounds)
    slowest = median(r[1]["p95_ms"] for r in rounds)
    yield {
        "name": "collector.single_vs_empty", "value": round(single), "unit": "events/s",
        "against": f"empty requests/s {empty:.0f}, {CLIENTS} clients; acknowledgement p95 {slowest:.1f} ms; "
        f"pgbench's single-row inserts {inserts}",
        "ratio": round(single / empty, 3),
    }  # fmt: skip


def _pgbench(url: str, program: Path) -> str:
    """Single rows of the same size, each committed alone, by as many clients: what the database itself can do."""
    if not program.exists():
        return "not measured: no pgbench beside the server"
    parts = conninfo_to_dict(url)
    with psycopg.connect(url) as connection:
        connection.execute("create table pgbench_events (event_id bigint generated always as identity primary key, body text)")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(INSERT.format(body="x" * 800) + ";\n")
        script.flush()
        done = subprocess.run(
            [
                str(program), "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(round(SECONDS)), "-M", "prepared", "-f", script.name,
                "-h", str(parts["host"]), "-p", str(parts["port"]), "-U", str(parts["user"]), str(parts["dbname"]),
            ],
            env={**os.environ, "PGPASSWORD": str(parts["password"])}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    rate = next((line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps")), None)
    return f"not measured: {done.stderr.strip()[-200:]}" if rate is None else f"{float(rate):.0f} rows/s"
