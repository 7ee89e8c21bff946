"""`collector.growth`, `collector.admission_growth`: what an acknowledgement and an admission cost with and without a history."""

import os
import tempfile
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.collector_server import load, plant_site, running_collector
from orchestration.dbt_command import compile_sql
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate

HELD = int(os.environ.get("HOSTREAD_BENCH_HELD_EVENTS", "2000000"))
HISTORY_DAYS = 30
CLIENTS, SECONDS, ROUNDS = 64, 3.0, 3
# What a build of five minutes at 400 events/s admits.
ADMITTED = 120_000
PART = 1_000_000
EVENTS = """
insert into raw.collector_events
    (tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, context, properties, body_sha256, run_id)
select 1, s.site_id, {received_at}, %(prefix)s || n, 'track', 'Product Viewed', 'visitor-' || n %% 100000, '{{}}', '{{}}',
    sha256(convert_to(%(prefix)s || n, 'UTF8')), 'bench'
from generate_series(1, %(count)s) as n cross join app.sites as s
"""
KEYS = """
insert into intermediate.admitted_keys (message_key, body_key, event_id, xact, tenant_id)
select gen_random_uuid(), gen_random_uuid(), -n, '3', 1 from generate_series(1, %(count)s) as n
"""


def run() -> Iterable[dict[str, Any]]:
    """Two figures. HOSTREAD_BENCH_HELD_EVENTS=50000000 is the issue's size: 20 GB of disk."""
    yield acknowledgement()
    yield admission()


def acknowledgement() -> dict[str, Any]:
    """The median time of an acknowledgement with HELD events, half of them in the partition of today, over that with none."""
    with running_collector() as bench:
        load(bench.port, CLIENTS, SECONDS, "single")
        empty = median(load(bench.port, CLIENTS, SECONDS, "single")["p50_ms"] for _ in range(ROUNDS))
        with psycopg.connect(bench.url, autocommit=True) as connection:
            days = f"now() - make_interval(mins => (n %% 2) * (n %% {HISTORY_DAYS * 1440})::int)"
            # Indexes are built over all rows at once here and below: kept up row by row, fifty million take half an hour.
            connection.execute("alter table raw.collector_events drop constraint collector_events_pkey")
            connection.execute("drop index raw.collector_events_xact")
            _fill(connection, EVENTS.format(received_at=days), HELD)
            connection.execute("alter table raw.collector_events add primary key (tenant_id, received_at, event_id)")
            connection.execute("create index collector_events_xact on raw.collector_events (xact)")
            connection.execute("vacuum analyze raw.collector_events")
            connection.execute("checkpoint")
        held = median(load(bench.port, CLIENTS, SECONDS, "single")["p50_ms"] for _ in range(ROUNDS))
    return {
        "name": "collector.growth", "value": round(held, 3), "unit": "ms",
        "against": f"{empty:.3f} ms with an empty table; {HELD:,} events held, half of them received today; {CLIENTS} clients",
        "ratio": round(held / empty, 3),
    }  # fmt: skip


def admission() -> dict[str, Any]:
    """Seconds that the build's own admission of ADMITTED events takes with HELD keys, over those with none."""
    with tempfile.TemporaryDirectory(prefix="hostread-bench-") as folder:
        home = Path(folder)
        url = ensure_server(home)
        try:
            migrate(url)
            plant_site(url)
            statement = compile_sql(url, "{{ admit_keys() }}", home / "dbt")
            with psycopg.connect(url, autocommit=True) as connection:
                # The first one warms what is warm in a running system.
                empty = [_admit(connection, statement) for _ in range(ROUNDS + 1)][1:]
                connection.execute("alter table intermediate.admitted_keys drop constraint admitted_keys_pkey")
                _fill(connection, KEYS, HELD)
                connection.execute("alter table intermediate.admitted_keys add primary key (tenant_id, message_key)")
                connection.execute("vacuum analyze intermediate.admitted_keys")
                held = [_admit(connection, statement) for _ in range(ROUNDS)]
        finally:
            remove_server(home)
    before, after = median(empty), median(held)
    return {
        "name": "collector.admission_growth", "value": round(after / ADMITTED * 1e6, 2), "unit": "us/event",
        "against": f"{before / ADMITTED * 1e6:.2f} us with no key held; {HELD:,} keys held, {ADMITTED:,} admitted at once",
        "ratio": round(after / before, 3),
    }  # fmt: skip


def _admit(connection: psycopg.Connection[Any], statement: str) -> float:
    connection.execute("truncate raw.collector_events")
    connection.execute(EVENTS.format(received_at="now()"), {"prefix": uuid.uuid4().hex, "count": ADMITTED})
    connection.execute("vacuum analyze raw.collector_events")
    connection.execute("checkpoint")
    started = time.perf_counter()
    done = connection.execute(statement)
    seconds = time.perf_counter() - started
    assert done.rowcount == ADMITTED, f"found {done.rowcount} keys admitted, expected {ADMITTED}"
    return seconds


def _fill(connection: psycopg.Connection[Any], statement: str, count: int) -> None:
    while count > 0:
        part = min(count, PART)
        connection.execute(statement, {"prefix": uuid.uuid4().hex, "count": part})
        count -= part
