"""`feeds.refresh_vs_bare`: a thousand unchanged feeds refreshed, against the bare conditional requests for them: the same server,
the same hosts, as many threads, in one run. Bare is the standard library's HTTP client on kept connections, and nothing else."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from assets.feeds.client import MANNERS, refresh_feeds
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate

FEEDS = int(os.environ.get("HOSTREAD_BENCH_FEEDS", "1000"))
HOSTS = 100
# A host that is near answers after some milliseconds; one that answers at once compares processor time alone, and is told beside.
ANSWER_MS = float(os.environ.get("HOSTREAD_BENCH_ANSWER_MS", "10"))
# Taken in turns, so that what else the machine does falls on both.
ROUNDS = int(os.environ.get("HOSTREAD_BENCH_ROUNDS", "5"))
Feed = tuple[str, str]


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds to refresh all feeds, the median of the rounds; the ratio is the median of the rounds' own."""
    with tempfile.TemporaryDirectory(prefix="hostread-bench-") as folder, _server() as (port, answer_after):
        home = Path(folder)
        url = ensure_server(home)
        try:
            migrate(url)
            feeds = [(f"127.1.{number % HOSTS // 250}.{number % HOSTS % 250 + 1}", f"feed-{number}") for number in range(FEEDS)]
            _plant_shows(url, feeds, port)
            first = refresh_feeds(url, "first", allow_private=True)
            assert (first.landed, first.failed) == (FEEDS, 0), f"found {first}, expected {FEEDS} feeds landed"
            at_once = [_round(url, feeds, port) for _ in range(ROUNDS)]
            answer_after(ANSWER_MS)
            rounds = [_round(url, feeds, port) for _ in range(ROUNDS)]
        finally:
            remove_server(home)
    refreshed, bare = (median(seconds) for seconds in zip(*rounds, strict=True))
    yield {
        "name": "feeds.refresh_vs_bare", "value": round(refreshed, 3), "unit": "s",
        "against": f"{FEEDS:,} bare conditional requests to {HOSTS} hosts by {MANNERS.threads} threads {bare:.3f} s, "
        f"answered after {ANSWER_MS:g} ms; {_ratio(at_once)} times where they are answered at once",
        "ratio": _ratio(rounds),
    }  # fmt: skip


def _ratio(rounds: Sequence[tuple[float, float]]) -> float:
    return round(median(refreshed / bare for refreshed, bare in rounds), 2)


def _round(url: str, feeds: Sequence[Feed], port: int) -> tuple[float, float]:
    started = time.perf_counter()
    _bare(feeds, port)
    bare = time.perf_counter() - started
    started = time.perf_counter()
    summary = refresh_feeds(url, "again", allow_private=True)
    refreshed = time.perf_counter() - started
    assert (summary.unchanged, summary.items) == (len(feeds), 0), f"found {summary}, expected all unchanged"
    return refreshed, bare


def _bare(feeds: Sequence[Feed], port: int) -> None:
    hosts = [(host, [path for _, path in group]) for host, group in groupby(sorted(feeds), key=lambda feed: feed[0])]

    def ask(host: str, paths: Sequence[str]) -> int:
        connection = http.client.HTTPConnection(host, port, timeout=20)
        unchanged = 0
        for path in paths:
            connection.request("GET", f"/{path}", headers={"If-None-Match": f'"{path}"', "User-Agent": "bare"})
            response = connection.getresponse()
            response.read()
            unchanged += response.status == 304
        connection.close()
        return unchanged

    with ThreadPoolExecutor(MANNERS.threads) as pool:
        unchanged = sum(pool.map(lambda one: ask(*one), hosts))
    assert unchanged == len(feeds), f"found {unchanged} answers 304, expected {len(feeds)}"


def _plant_shows(url: str, feeds: Sequence[Feed], port: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('bench', 'Bench')")
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into app.shows (tenant_id, title, feed_url) values (1, %s, %s)",
                [(path, f"http://{host}:{port}/{path}") for host, path in feeds],
            )


@contextmanager
def _server() -> Iterator[tuple[int, Callable[[float], None]]]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.feeds_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        output, commands = process.stdout, process.stdin
        assert output is not None and commands is not None

        def answer_after(milliseconds: float) -> None:
            commands.write(f"{milliseconds}\n")
            commands.flush()
            output.readline()

        try:
            yield int(output.readline()), answer_after
        finally:
            process.terminate()
