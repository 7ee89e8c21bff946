"""The served world that `benchmarks.reads` asks: some tenants of `large` through the whole pipeline, and its processes."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from rich.console import Console

from benchmarks.loop import Product, free_port
from orchestration import demo, serving
from orchestration.cli.run import pipeline
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate
from orchestration.pipeline import load_definitions, prepare_instance
from orchestration.processes import Processes
from orchestration.settings import Settings
from orchestration.warehouse import export

TENANTS = os.environ.get("HOSTREAD_BENCH_READ_TENANTS", "3")
# A folder that keeps the world from one call to the next; none: it is made for this call and deleted after it.
KEPT = os.environ.get("HOSTREAD_BENCH_READ_HOME")


@dataclass(frozen=True)
class Login:
    """The owner of one tenant, and the write key of one of its sites."""

    email: str
    password: str
    write_key: str


@dataclass(frozen=True)
class World:
    """A running Hostread with a built world: its processes, its logins, its size in words, the environment of its processes."""

    product: Product
    logins: list[Login]
    size: str
    env: dict[str, str] = field(repr=False)


@contextmanager
def served_world() -> Iterator[World]:
    """Collector, API and report worker as `hostread serve` starts them, on what `hostread run` made of the world."""
    os.environ.update({
        "HOSTREAD_LARGE_TENANTS": TENANTS, "HOSTREAD_LOGIN_RATE": "10000/minute", "HOSTREAD_COLLECTOR_KEY_RATE": "unlimited",
        "HOSTREAD_COLLECTOR_NETWORK_RATE": "unlimited",
    })  # fmt: skip
    with ExitStack() as stack:
        home = Path(KEPT or stack.enter_context(tempfile.TemporaryDirectory(prefix="hostread-bench-"))).absolute()
        settings = _settings(home)
        url = ensure_server(home)
        if KEPT is None:
            stack.callback(remove_server, home)
        migrate(url)
        prepare_instance(settings, url)
        env = {**export(settings, url), "HOSTREAD_TRUSTED_PROXIES": "127.0.0.0/8"}
        processes = stack.enter_context(Processes(home / "logs", env))
        if _is_built(url):
            serving.start_collector(processes, settings)
        else:
            load_definitions()
            # Figures alone go to stdout.
            outcome = pipeline(Console(file=sys.stderr, highlight=False, width=160), settings, url, processes)
            if not outcome.success:
                raise RuntimeError(f"found {outcome.checks_failed or outcome.faults}, expected a published build")
            processes.stop("simulation")
        serving.start_product(processes, settings)
        product = Product(f"http://127.0.0.1:{settings.api_port}", f"http://127.0.0.1:{settings.collector_port}", url)
        yield World(product, _logins(demo.world_folder(settings), url), _size(url), env)


def _settings(home: Path) -> Settings:
    """Ports are free ones, and stay with a world that is kept: its feeds and hosts name theirs."""
    kept = home / "ports.json"
    if not kept.exists():
        home.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([free_port() for _ in range(4)]), "utf-8")
    api, collector, dagster, simulation = json.loads(kept.read_text("utf-8"))
    return Settings(
        home=home, world="large", api_port=api, collector_port=collector, dagster_port=dagster, simulation_port=simulation,
        allow_private_urls=True, list_sources="none",
    )  # fmt: skip


def _is_built(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from ops.build_attempts where status = 'published'").fetchone()
    return row is not None and row[0] > 0


def _logins(world: Path, url: str) -> list[Login]:
    """Each tenant's owner, who is an operator too: the platform's own pages are read as well."""
    with psycopg.connect(url) as connection:
        keys: dict[str, str] = dict(connection.execute(
            "select t.slug, min(s.write_key) from app.sites as s inner join app.tenants as t on t.tenant_id = s.tenant_id "
            "group by t.slug"
        ).fetchall())  # fmt: skip
        logins = [
            Login(user["email"], user["password"], keys[tenant["slug"]])
            for tenant in json.loads((world / "app.json").read_text("utf-8"))["tenants"]
            for user in tenant["users"] if user["role"] == "owner" and user.get("password")
        ]  # fmt: skip
        for login in logins:
            connection.execute("insert into ops.operators (email) values (%s) on conflict do nothing", [login.email])
    return logins


def _size(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select (select count(*) from app.tenants), (select count(*) from raw.logs_requests), "
            "(select count(*) from raw.collector_events)"
        ).fetchone()
    assert row is not None
    return f"{row[0]} of the 100 tenants of large, {row[1]:,} requests, {row[2]:,} events"
