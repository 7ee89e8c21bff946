"""A whole Hostread as processes: the tiny network measured once by the command, then API, dashboard, Dagster's UI and daemon."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from playwright.sync_api import Page, sync_playwright

from orchestration import serving
from orchestration.local import ensure_server, remove_server
from orchestration.processes import Processes
from orchestration.settings import Settings
from orchestration.warehouse import export

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
# Alone on two cores the run takes 30 s; beside other tests, several times that.
RUN_SECONDS = 400
PAGE_MS = 60_000
HTTP_SECONDS = 60


@dataclass(frozen=True)
class Network:
    """A running Hostread over the tiny network: the URLs of the API with its dashboard and of Dagster, and its database."""

    api: str
    dagster: str
    database_url: str

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """Dagster's own API, which its UI asks as well."""
        answer = requests.post(f"{self.dagster}/graphql", json={"query": query, "variables": variables}, timeout=HTTP_SECONDS)
        body: dict[str, Any] = answer.json()
        assert "errors" not in body, body
        found: dict[str, Any] = body["data"]
        return found

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, in_memory: Callable[[Path], Path]) -> Iterator[Network]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip(f"no {CHROMIUM}")
    ports = dict(zip(("api", "collector", "dagster", "simulation"), free_ports(4), strict=True))
    settings = Settings(
        home=in_memory(tmp_path_factory.mktemp("home")), world="tiny", allow_private_urls=True,
        database_url=None, dagster_database_url=None, smtp_url=None, public_url=None,
        **{f"{name}_port": port for name, port in ports.items()},
    )  # fmt: skip
    url = ensure_server(settings.home)
    measured = subprocess.run(
        [Path(sys.executable).with_name("hostread"), "run", "--no-serve"],
        env=environment(settings, url), capture_output=True, text=True, timeout=RUN_SECONDS, check=False,
    )  # fmt: skip
    try:
        assert measured.returncode == 0, measured.stdout + measured.stderr
        with Processes(settings.home / "logs", export(settings, url)) as processes:
            serving.start_product(processes, settings)
            serving.start_dagster(processes, settings)
            running = Network(f"http://127.0.0.1:{settings.api_port}", f"http://127.0.0.1:{settings.dagster_port}", url)
            stop_schedules(running)
            yield running
    finally:
        remove_server(settings.home)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A tab of Debian's Chromium at 1440 pixels; CI without a Chromium fails here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_page(viewport={"width": 1440, "height": 900})
        opened.set_default_timeout(PAGE_MS)
        yield opened
        browser.close()


def environment(settings: Settings, url: str) -> dict[str, str]:
    """This process's environment with the settings in it, and no database of anyone else's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HOSTREAD_", "DAGSTER_", "COV_"))}
    ports = {f"HOSTREAD_{name.upper()}": str(getattr(settings, name)) for name in Settings.model_fields if name.endswith("_port")}
    named = {"HOSTREAD_HOME": str(settings.home), "HOSTREAD_WORLD": settings.world, "HOSTREAD_DATABASE_URL": url}
    return {**inherited, **ports, **named}


def stop_schedules(network: Network) -> None:
    """Nothing but the test starts a run: every other build would find the planted row too."""
    schedules = network.graphql(
        """query ($of: RepositorySelector!) {
          schedulesOrError(repositorySelector: $of) { ... on Schedules { results { id name scheduleState { status } } } }
        }""",
        of={"repositoryLocationName": "orchestration.definitions", "repositoryName": "__repository__"},
    )["schedulesOrError"]["results"]
    assert {schedule["scheduleState"]["status"] for schedule in schedules} == {"RUNNING"}
    for schedule in schedules:
        network.graphql("mutation ($id: String!) { stopRunningSchedule(id: $id) { __typename } }", id=schedule["id"])


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all of them held until the last is found."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
