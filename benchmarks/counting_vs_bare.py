"""`counting.vs_bare`: log lines landed and counted, every decision stored, against a bare COPY of the same rows and one GROUP BY.

The bare side is what a script would do with the rows: take them in without an index, and count requests by file, household, agent
and day. HOSTREAD_BENCH_LINES sets the size; the memory of the landing is measured at a tenth of it too.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.counting_log import add_source, write_log
from benchmarks.counting_run import counting_server, land, run_models

LINES = int(os.environ.get("HOSTREAD_BENCH_LINES", "10000000"))
DAYS = 10
SPOOL = 1_000_000
GROUP_BY = """
create table bare_counts as
select tenant_id, media_key, household_hash, user_agent, (requested_at at time zone 'UTC')::date as day,
    count(*) as requests, sum(bytes_sent) as bytes_sent
from bare
group by tenant_id, media_key, household_hash, user_agent, (requested_at at time zone 'UTC')::date
"""


def run() -> Iterable[dict[str, Any]]:
    """Two figures: seconds to land and count and their ratio to the bare side's; and the landing's memory at two sizes."""
    with counting_server() as (url, home):
        small, large = home / "small.jsonl", home / "large.jsonl"
        write_log(small, LINES // 10, 30, 1, seed=11)
        add_source(url, small)
        _, _, small_mb = land(url, "small")
        with psycopg.connect(url) as connection:
            connection.execute("truncate raw.logs_requests")
            connection.execute("delete from app.log_sources")
        write_log(large, LINES, 0, DAYS)
        add_source(url, large)
        _checkpoint(url)
        landing, lines, large_mb = land(url, "large")
        counting, models = run_models(url, home, "full")
        requests, downloads = _counted(url)
        assert (lines, requests) == (LINES, LINES), f"found {lines} landed and {requests} judged, expected {LINES}"
        copy, group_by = _bare(url, home / "rows.copy")
    bare = copy + group_by
    yield {
        "name": "counting.vs_bare", "value": round(landing + counting, 2), "unit": "s",
        "against": f"bare COPY of the same {LINES:,} rows {copy:.2f} s and one GROUP BY {group_by:.2f} s; landed in "
        f"{landing:.2f} s, counted in {counting:.2f} s (models {models:.2f} s), {downloads:,} downloads",
        "ratio": round((landing + counting) / bare, 2),
    }  # fmt: skip
    yield {
        "name": "counting.landing_memory", "value": round(large_mb, 1), "unit": "MB",
        "against": f"{small_mb:.1f} MB at a tenth of the {LINES:,} lines (peak resident memory of the landing process)",
        "ratio": round(large_mb / small_mb, 2),
    }  # fmt: skip


def _checkpoint(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("checkpoint")


def _counted(url: str) -> tuple[int, int]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select (select count(*) from intermediate.int_requests_judged), "
            "(select sum(downloads) from candidate.episode_downloads_daily where counting_window = 'first_touch')"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _bare(url: str, rows: Path) -> tuple[float, float]:
    with psycopg.connect(url, autocommit=True) as connection:
        with rows.open("wb") as file, connection.cursor().copy("copy (select * from raw.logs_requests) to stdout") as copy:
            file.writelines(copy)
        connection.execute("create table bare (like raw.logs_requests)")
        connection.execute("checkpoint")
        began = time.perf_counter()
        with rows.open("rb") as file, connection.cursor() as cursor, cursor.copy("copy bare from stdin") as copy:
            while block := file.read(SPOOL):
                copy.write(block)
        copied = time.perf_counter()
        connection.execute(GROUP_BY)
        return copied - began, time.perf_counter() - copied
