"""The demo network: a simulated world made once, loaded once, served while the pipeline reads it, its events delivered once."""

import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import psycopg

from orchestration.processes import Processes
from orchestration.settings import Settings

SOURCE = "simulation"
# Half of the demo is one tenant: a third process would find nothing to do. `tiny` is made sooner than a second one begins.
PROCESSES = 2
P = ParamSpec("P")
T = TypeVar("T")


def world_folder(settings: Settings) -> Path:
    return settings.home / "worlds" / f"{settings.world}-{settings.seed}"


def ensure_world(settings: Settings) -> Path:
    """The world's folder, made if it is not there; its present is the hour of its making."""
    from simulation import make_world

    folder = world_folder(settings)
    if not (folder / "world.json").exists():
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        base_url = f"http://{settings.host}:{settings.simulation_port}"
        processes = 1 if settings.world == "tiny" else PROCESSES
        _beside(make_world, settings.world, settings.seed, now, folder, base_url, processes=processes)
    return folder


def start_simulation(processes: Processes, settings: Settings, world: Path, live: bool) -> None:
    """Serve the world's feeds and host APIs; with `live`, a new episode appears after a while."""
    port = settings.simulation_port
    command = [sys.executable, "-m", "simulation", "serve", str(world), "--port", str(port), *(["--live"] if live else [])]
    processes.start("simulation", command, f"http://{settings.host}:{port}/livez", port)


def start_live_traffic(processes: Processes, settings: Settings, world: Path) -> None:
    """Visitors and orders that go on arriving at the collector, as long as Hostread serves."""
    collector = f"http://{settings.host}:{settings.collector_port}"
    processes.start("live-traffic", [sys.executable, "-m", "simulation", "live", str(world), "--collector", collector])


def import_files(url: str, world: Path, run_id: str) -> None:
    """Load the files that the network's people would import by hand; twice changes nothing."""
    from assets.campaigns.forms import KINDS
    from assets.campaigns.imports import import_file
    from assets.hosting.lists import load_ip_ranges

    load_ip_ranges(url, world / "lists" / "ip_ranges.csv", run_id)
    with psycopg.connect(url) as connection:
        tenants = connection.execute("select slug, tenant_id from app.tenants").fetchall()
    for slug, tenant_id in tenants:
        for kind in KINDS:
            path = world / "imports" / slug / f"{kind}.csv"
            if path.exists():
                import_file(url, kind, tenant_id, path, run_id)


def deliver_events(url: str, settings: Settings, world: Path) -> int | None:
    """Send the world's events to the collector, as their browsers and shops would; once per database. Returns how many, or None."""
    from simulation import replay

    key = world.name
    with psycopg.connect(url) as connection:
        if connection.execute(
            "select 1 from ops.fetch_state where source = %s and source_key = %s and last_success_at is not null", [SOURCE, key]
        ).fetchone():
            return None
        sent = _beside(replay, world, f"http://{settings.host}:{settings.collector_port}")
        connection.execute(
            "insert into ops.fetch_state (tenant_id, source, source_key, url, last_attempt_at, last_success_at) "
            "values (0, %s, %s, %s, now(), now()) "
            "on conflict (tenant_id, source, source_key) do update set last_success_at = now()",
            [SOURCE, key, str(world)],
        )
    return sent


def _beside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same call in a process of its own: this one has the definitions to load meanwhile, and one interpreter lock."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *args, **kwargs).result()


def name_operator(url: str) -> None:
    """The demo's own login sees the platform's health too, where the network has it."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into ops.operators (email) select l.email from app.logins as l where l.email = 'demo@hostread.example' "
            "on conflict do nothing"
        )
