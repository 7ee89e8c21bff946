"""`landing.copy_vs_bare`: a JSON-lines log landed and judged, against a bare COPY of the same rows, in one run."""

import json
import os
import random
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from assets.hosting.lists import load_ip_ranges
from assets.hosting.logs import land_logs
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate

LINES = int(os.environ.get("HOSTREAD_BENCH_LINES", "300000"))
# Taken in turns, so that what else the machine does falls on both.
ROUNDS = 3
AGENTS = (
    "AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)",
    "Pocket Casts",
    "AntennaPod/3.4.0",
    "curl/8.4.0",
)
SPOOL = 1_000_000


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds to land the file, the median of the rounds; the ratio to the bare COPY's."""
    with tempfile.TemporaryDirectory(prefix="hostread-bench-") as folder:
        home = Path(folder)
        url = ensure_server(home)
        try:
            migrate(url)
            log = _write_log(home / "access.jsonl")
            _plant_tenant(url, home)
            rounds = [_round(url, log, home / "rows.copy", number) for number in range(ROUNDS)]
        finally:
            remove_server(home)
    landing, bare = (median(seconds) for seconds in zip(*rounds, strict=True))
    yield {
        "name": "landing.copy_vs_bare", "value": round(landing, 2), "unit": "s",
        "against": f"bare COPY of the same {LINES:,} rows {bare:.2f} s; landed {LINES / landing:,.0f} lines/s",
        "ratio": round(landing / bare, 2),
    }  # fmt: skip


def _round(url: str, log: Path, rows: Path, number: int) -> tuple[float, float]:
    with psycopg.connect(url, autocommit=True) as connection:
        # What landed is forgotten: a file that the tenant has landed once is not landed again, in whatever source.
        connection.execute("delete from ops.log_files")
        connection.execute("delete from app.log_sources")
        connection.execute(
            "insert into app.log_sources (tenant_id, name, path, format) values (1, 'bench', %s, 'jsonl')", [str(log)]
        )
        connection.execute("checkpoint")
        started = time.perf_counter()
        landed = land_logs(url, f"round {number}").landed
        landing = time.perf_counter() - started
        assert landed == LINES, f"found {landed} rows landed, expected {LINES}"
        with rows.open("wb") as file, connection.cursor().copy("copy (select * from raw.logs_requests) to stdout") as copy:
            file.writelines(copy)
        connection.execute("truncate raw.logs_requests")
        return landing, _bare_copy(connection, rows)


def _bare_copy(connection: psycopg.Connection[Any], rows: Path) -> float:
    connection.execute("drop table if exists bare")
    connection.execute("create table bare (like raw.logs_requests)")
    connection.execute("checkpoint")
    started = time.perf_counter()
    with rows.open("rb") as file, connection.cursor() as cursor, cursor.copy("copy bare from stdin") as copy:
        while block := file.read(SPOOL):
            copy.write(block)
    return time.perf_counter() - started


def _write_log(path: Path) -> Path:
    rng = random.Random(7)  # noqa: S311
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=7)
    homes = [f"24.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}" for _ in range(20_000)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(LINES):
            at = start + timedelta(seconds=number * 2)
            size = 30_000_000 + number % 97
            asked = f"bytes={rng.randrange(size)}-" if number % 3 == 0 else None
            file.write(
                json.dumps({
                    "requested_at": at.isoformat().replace("+00:00", "Z"), "ip": rng.choice(homes),
                    "user_agent": AGENTS[number % 4],
                    "method": "GET", "status": 206 if asked else 200, "range": asked, "bytes_sent": size, "referer": None,
                    "url": f"https://dts.podtrac.com/redirect.mp3/media.example/show/{number % 400}.mp3", "file_size": size,
                    "header_bytes": 64_000, "is_hls": False,
                }) + "\n"
            )  # fmt: skip
    return path


def _plant_tenant(url: str, home: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('bench', 'Bench')")
        connection.execute("insert into app.household_keys (tenant_id, key_epoch, secret) values (1, 1, %s)", [b"k" * 32])
    ranges = home / "ranges.csv"
    ranges.write_text("network,ip_class\n24.1.0.0/16,datacenter\n24.2.0.0/16,mobile\n", "utf-8")
    load_ip_ranges(url, ranges)
