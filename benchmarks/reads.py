"""`api.read_p95`, `pages.p95`: every read of the API and every page of the dashboard on the world `large`, quiet and under load.

The load is 400 events/s through the collector and builds one after the other. Each address is asked several times in mixed order
by a few clients; then its bare queries are, in the same order by as many connections, while everything else goes on as it did.
"""

import json
import os
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
import requests

from benchmarks.collector_visible import RATE, building, loaded
from benchmarks.loop import until
from benchmarks.reads_addresses import Read, find_reads
from benchmarks.reads_bare import Asked, Bare, application, statements
from benchmarks.reads_world import Login, World, served_world

ROUNDS = int(os.environ.get("HOSTREAD_BENCH_READ_ROUNDS", "3"))
CLIENTS = int(os.environ.get("HOSTREAD_BENCH_READ_CLIENTS", "2"))
# What is asked of each: quiet and loaded.
TARGETS_MS = {"api": (100, 250), "pages": (300, 600)}
NAMES = {"api": "api.read_p95", "pages": "pages.p95"}
SLOWEST, TIMEOUT, LONGEST_SECONDS, LONGEST_WAIT = 10, 120, 3_600, 240
EVENTS: LiteralString = "select count(*) from raw.collector_events"
BUILDS: LiteralString = "select count(*) from ops.build_attempts"
HELD: LiteralString = "select count(*) from ops.build_attempts where status = 'held'"


@dataclass(frozen=True)
class Client:
    """One login with its session, and what it reads."""

    http: requests.Session
    reads: Sequence[Read]
    asked: Mapping[str, Sequence[Asked]]


@dataclass
class Times:
    """Seconds of each answer, by kind and then by the read's name."""

    by_kind: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, read: Read, seconds: float) -> None:
        self.by_kind[read.kind][read.name].append(seconds)

    def quantile(self, kind: str, percent: int) -> float:
        """Milliseconds."""
        taken = sorted(seconds for one in self.by_kind[kind].values() for seconds in one)
        return taken[len(taken) * percent // 100] * 1e3

    def slowest(self, kind: str) -> str:
        middles = {name: sorted(one)[len(one) // 2] * 1e3 for name, one in self.by_kind[kind].items()}
        worst = sorted(middles, key=lambda name: -middles[name])[:SLOWEST]
        return ", ".join(f"{name} {middles[name]:.0f}" for name in worst)


def run() -> Iterable[dict[str, Any]]:
    """Four figures: p95 in milliseconds of reads and of pages, quiet and loaded; the ratio to that of their bare queries."""
    with served_world() as world:
        clients = [_client(world, login) for login in world.logins]
        _measure(world, clients, 1)
        yield from _figures(world, "", 0, *_measure(world, clients, ROUNDS))
        with _loaded(world) as said:
            times = _measure(world, clients, ROUNDS)
            how = said()
        yield from _figures(world, "_loaded", 1, *times, how)


def _client(world: World, login: Login) -> Client:
    http = requests.Session()
    base = world.product.api
    answer = http.post(f"{base}/v1/sessions", json={"email": login.email, "password": login.password}, timeout=TIMEOUT)
    answer.raise_for_status()
    reads = find_reads(http, base, http.get(f"{base}/openapi.json", timeout=TIMEOUT).json())
    with application(world.env, http) as client:
        asked = {address: statements(client, address) for read in reads for address in read.addresses}
    return Client(http, reads, asked)


def _measure(world: World, clients: Sequence[Client], rounds: int) -> tuple[Times, Times]:
    """(answers, bare queries) of `rounds` rounds over all addresses, asked by CLIENTS at once."""
    turns = [(client, read, address) for client in clients for read in client.reads for address in read.addresses] * rounds
    random.Random(7).shuffle(turns)  # noqa: S311
    answers, bare = Times(), Times()
    local = threading.local()

    def ask(client: Client, read: Read, address: str) -> None:
        if not hasattr(local, "http"):
            local.http = requests.Session()
        began = time.perf_counter()
        answer = local.http.get(world.product.api + address, cookies=client.http.cookies, timeout=TIMEOUT)
        answers.add(read, time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"found {answer.status_code} at {address}, expected 200: {answer.text[:300]}")

    def query(client: Client, read: Read, address: str) -> None:
        if not hasattr(local, "bare"):
            local.bare = Bare(world.product.url)
        bare.add(read, local.bare.seconds(client.asked[address]))

    _by_threads(ask, turns)
    _by_threads(query, turns)
    return answers, bare


def _by_threads(do: Callable[..., None], turns: Sequence[tuple[Any, ...]]) -> None:
    waiting, faults = iter(turns), list[BaseException]()
    guard = threading.Lock()

    def work() -> None:
        try:
            while not faults:
                with guard:
                    turn = next(waiting, None)
                if turn is None:
                    return
                do(*turn)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


@contextmanager
def _loaded(world: World) -> Iterator[Callable[[], str]]:
    """Events and builds from the first build's begin to the end; yields what says, in words, how much of both there was."""
    with building(world.product.url), loaded(world.product, world.logins[0].write_key, LONGEST_SECONDS) as load:
        first = _count(world, BUILDS)
        until(lambda: {"builds": _count(world, BUILDS)}, lambda found: found["builds"] > first, LONGEST_WAIT)
        before, began = _count(world, EVENTS), time.monotonic()

        def said() -> str:
            if load.poll() is not None:
                raise RuntimeError(f"found the load ended with status {load.returncode}, expected it to go on")
            arrived = (_count(world, EVENTS) - before) / (time.monotonic() - began)
            if arrived < RATE * 0.9 or _count(world, HELD):
                raise RuntimeError(
                    f"found {arrived:.0f} events/s stored and {_count(world, HELD)} builds held, expected {RATE:.0f}, 0"
                )
            return f"; {arrived:.0f} events/s, {_count(world, BUILDS) - first} builds begun"

        yield said


def _count(world: World, query: LiteralString) -> int:
    with psycopg.connect(world.product.url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _figures(world: World, suffix: str, place: int, answers: Times, bare: Times, how: str = "") -> Iterator[dict[str, Any]]:
    for kind, name in NAMES.items():
        value, queries = answers.quantile(kind, 95), bare.quantile(kind, 95)
        reads = answers.by_kind[kind]
        many = sum(map(len, reads.values()))
        yield {
            "name": f"{name}{suffix}", "value": round(value, 1), "unit": "ms",
            "against": f"{TARGETS_MS[kind][place]} ms; {world.size}{how}; {many} answers of {len(reads)} by {CLIENTS} at once; "
            f"p50 {answers.quantile(kind, 50):.1f}, p99 {answers.quantile(kind, 99):.1f} ms; "
            f"bare queries p50 {bare.quantile(kind, 50):.1f}, p95 {queries:.1f} ms; slowest: {answers.slowest(kind)}",
            "ratio": round(value / queries, 2),
        }  # fmt: skip


if __name__ == "__main__":
    for figure in run():
        sys.stdout.write(json.dumps(figure) + "\n")
