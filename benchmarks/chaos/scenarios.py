"""The two runs: faults at random moments under load, and PostgreSQL away for long."""

import time
from pathlib import Path
from typing import Any

from benchmarks.chaos.load import Load, Running
from benchmarks.chaos.plan import Fault, draw
from benchmarks.chaos.verdict import judge, read_ledger, wait_until_drained
from benchmarks.chaos.world import WRITE_KEYS, World, running

SETTLE_SECONDS = 2.0
ENOUGH_ACKNOWLEDGED = 0.999


def kills(folder: Path, seed: int, count: int, rate: float, collectors: int, is_built: bool) -> tuple[dict[str, Any], bool]:
    """`count` faults of the seed under `rate` events a second. Then everything up, drained, built, compared."""
    ledger = folder / "ledger"
    with running(folder, collectors) as world:
        with Running(Load(world.ports, WRITE_KEYS, rate, seed, ledger)):
            _settle(ledger)
            for fault in draw(seed, count, collectors):
                _break(world, fault)
            world.wait_until_ready()
            time.sleep(SETTLE_SECONDS)
        return _close(world, ledger, is_built)


def outage(folder: Path, seed: int, seconds: float, rate: float, collectors: int, is_built: bool) -> tuple[dict[str, Any], bool]:
    """PostgreSQL is away for `seconds`; every event is sent once, so that the share acknowledged is of first attempts."""
    ledger = folder / "ledger"
    with running(folder, collectors) as world:
        with Running(Load(world.ports, WRITE_KEYS, rate, seed, ledger, retries=False)):
            _settle(ledger)
            world.stop_database()
            time.sleep(seconds)
            world.start_database()
            world.wait_until_ready()
            time.sleep(SETTLE_SECONDS)
        figures, holds = _close(world, ledger, is_built)
        share = figures["acknowledged"] / figures["sent"]
        return {**figures, "acknowledged_rate": round(share, 6)}, holds and share >= ENOUGH_ACKNOWLEDGED


def _settle(ledger: Path) -> None:
    """Return when every tenant's key was seen: the promise for an outage is of keys known before."""
    deadline = time.monotonic() + 60
    while not ledger.exists() or {e.event[0] for e in read_ledger(ledger) if e.is_acknowledged} != set(
        range(1, len(WRITE_KEYS) + 1)
    ):
        if time.monotonic() > deadline:
            raise RuntimeError("found no acknowledged event of each tenant within 60 s, expected them: see the collectors' logs")
        time.sleep(0.1)
    time.sleep(SETTLE_SECONDS)


def _break(world: World, fault: Fault) -> None:
    time.sleep(fault.wait)
    if fault.kind != "database":
        world.kill_collector(fault.collector)
    if fault.kind != "collector":
        world.stop_database()
    time.sleep(fault.down)
    # The collector first: one that starts while the database is away takes events all the same.
    if fault.kind != "database":
        world.start_collector(fault.collector)
    if fault.kind != "collector":
        world.start_database()


def _close(world: World, ledger: Path, is_built: bool) -> tuple[dict[str, Any], bool]:
    wait_until_drained(world)
    # Before the build: a build that is held for another reason hides nothing of what the collectors did.
    verdict, built = judge(world, ledger, is_built=False), None
    if is_built:
        from orchestration.build import run_build

        outcome = run_build(world.url, "chaos")
        built = outcome.status
        if outcome.status == "published":
            verdict = judge(world, ledger, is_built=True)
    first = sum(entry.attempts == 1 and entry.is_acknowledged for entry in read_ledger(ledger))
    holds = verdict.holds and built in (None, "published")
    return {**verdict.row(), "build": built, "acknowledged_at_once": first}, holds
