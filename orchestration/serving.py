"""The processes of a running Hostread: API and dashboard, collector, report worker, Dagster's webserver and daemon."""

import sys
import time
from collections.abc import Callable

from orchestration.processes import ProcessError, Processes, granian, require_free_port
from orchestration.settings import PROJECT_ROOT, Settings

DAGSTER = [sys.executable, "-m"]
WORKSPACE = str(PROJECT_ROOT / "workspace.yaml")


def require_free_ports(settings: Settings, *names: str) -> None:
    """Say that a port is taken before any work is done; raises processes.ProcessError."""
    for name in names:
        require_free_port(name, getattr(settings, f"{name}_port"))


def start_collector(processes: Processes, settings: Settings) -> None:
    port = settings.collector_port
    processes.start(
        "collector",
        granian("orchestration.collector:create_app", settings.host, port, settings.collector_workers),
        f"http://{settings.host}:{port}/readyz",
        port,
    )


def start_product(processes: Processes, settings: Settings) -> None:
    """The API with the dashboard, and the worker that renders requested reports."""
    port = settings.api_port
    processes.start("api", granian("api.main:create_app", settings.host, port), f"http://{settings.host}:{port}/readyz", port)
    processes.start("report-worker", [sys.executable, "-m", "api.reports"])


def start_dagster(processes: Processes, settings: Settings) -> None:
    """The UI, and the daemon that runs the schedules."""
    host, port = settings.host, settings.dagster_port
    processes.start(
        "dagster",
        [*DAGSTER, "dagster_webserver", "-h", host, "-p", str(port), "-w", WORKSPACE],
        f"http://{host}:{port}/server_info",
        port,
    )
    processes.start("dagster-daemon", [*DAGSTER, "dagster._daemon", "run", "-w", WORKSPACE])


def watch(processes: Processes, say: Callable[[str], None]) -> None:
    """Wait until Ctrl-C, or until a child dies: then say which, and where its log is."""
    try:
        while True:
            time.sleep(1)
            for name in processes.ended():
                raise ProcessError(f"the {name} ended by itself; its log is {processes.logs / name}.log")
    except KeyboardInterrupt:
        say("stopping")
