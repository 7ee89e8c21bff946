"""Seeds measured two at a time, each kept once it is done: killed and started again, it goes on with those that are left."""

import json
import multiprocessing
import queue
import shutil
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.score.figures import Tally
from benchmarks.score.parts import parts
from benchmarks.score.worlds import prepare, scored_world
from orchestration.local import ensure_server, remove_server

WORKERS = 2
# A seed's server may lose everything at once: its world is made again.
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
POLL_SECONDS = 1.0
WORLD, TEMPLATE = "score", "template_score"


@dataclass(frozen=True)
class Done:
    """One seed's tallies, and how long they took."""

    seed: int
    seconds: float
    tallies: tuple[Tally, ...]


class ScoreError(RuntimeError):
    """A seed could not be measured; the message is its traceback."""


def kept_seeds(folder: Path, seeds: Sequence[int]) -> list[Done]:
    """Those of `seeds` that `folder` holds."""
    return [_read(folder / f"{seed}.json") for seed in seeds if (folder / f"{seed}.json").exists()]


def measure(
    world: str, seeds: Sequence[int], folder: Path, home: Path, tell: Callable[[str], None], workers: int = WORKERS
) -> list[Done]:
    """Measure the seeds that `folder` does not hold yet; all of them, in order. Raises ScoreError where one fails."""
    folder.mkdir(parents=True, exist_ok=True)
    left = [seed for seed in seeds if not (folder / f"{seed}.json").exists()]
    tell(f"{len(seeds) - len(left)} of {len(seeds)} seeds are done already")
    context = multiprocessing.get_context("spawn")
    waiting: multiprocessing.Queue[int] = context.Queue()
    said: multiprocessing.Queue[tuple[str, Any]] = context.Queue()
    for seed in left:
        waiting.put(seed)
    children = [
        context.Process(target=_work, args=(world, waiting, said, folder, home / f"worker-{number}"), name=f"score-{number}")
        for number in range(min(workers, len(left)))
    ]
    began, done = time.monotonic(), 0
    try:
        for child in children:
            child.start()
        while done < len(left):
            try:
                kind, what = said.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if not any(child.is_alive() for child in children):
                    raise ScoreError("every process that measures has died, expected the rest of the seeds: see above") from None
                continue
            if kind == "failed":
                raise ScoreError(what)
            if kind == "done":
                done += 1
                spent = time.monotonic() - began
                tell(f"{what}; {done} of {len(left)} after {spent:.0f} s, about {spent / done * (len(left) - done):.0f} s to go")
            else:
                tell(what)
    finally:
        for child in children:
            child.terminate() if done < len(left) else None
            child.join()
            remove_server(home / child.name.replace("score-", "worker-"))
    return kept_seeds(folder, seeds)


def _work(world: str, waiting: Any, said: Any, folder: Path, home: Path) -> None:
    """One process with a server of its own: on a shared one each build would wait for the other's transactions."""
    try:
        remove_server(home)
        url = ensure_server(home, WORLD, FAST)
        prepare(url, home)
        _keep_as_template(url)
        said.put(("step", f"{home.name}: a server with its template is there"))
        while True:
            try:
                seed = waiting.get(timeout=POLL_SECONDS)
            except queue.Empty:
                return
            began = time.monotonic()
            tallies = _measure_one(world, seed, url, home, _teller(said, seed))
            _write(folder / f"{seed}.json", Done(seed, round(time.monotonic() - began, 1), tallies))
            said.put(("done", f"seed {seed}: measured in {time.monotonic() - began:.0f} s"))
    except BaseException:
        said.put(("failed", traceback.format_exc()))
        raise


def _teller(said: Any, seed: int) -> Callable[[str], None]:
    return lambda line: said.put(("step", f"seed {seed}: {line}"))


def _measure_one(world: str, seed: int, url: str, home: Path, tell: Callable[[str], None]) -> tuple[Tally, ...]:
    """In a database made for the seed from the worker's template, and dropped."""
    with psycopg.connect(f"{url.rpartition('/')[0]}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {WORLD} template {TEMPLATE} strategy file_copy".encode())
        with scored_world(world, seed, url, home, tell) as built:
            tallies = tuple(tally for part in parts().values() for tally in part(built))
        connection.execute(f"drop database {WORLD} with (force)".encode())
    shutil.rmtree(home / f"{world}-{seed}")
    return tallies


def _keep_as_template(url: str) -> None:
    """dbt parses the whole project again for a database that it has not seen: the template is made under a world's name."""
    with psycopg.connect(f"{url.rpartition('/')[0]}/postgres", autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [WORLD])
        connection.execute(f"alter database {WORLD} rename to {TEMPLATE}".encode())


def _write(path: Path, done: Done) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"seed": done.seed, "seconds": done.seconds, "tallies": done.tallies}), "utf-8")
    draft.rename(path)


def _read(path: Path) -> Done:
    held = json.loads(path.read_text("utf-8"))
    return Done(held["seed"], held["seconds"], tuple(Tally(*tally) for tally in held["tallies"]))
