"""`hostread serve`: every process of the product, on one's own data."""

import click

from orchestration import serving
from orchestration.cli.lists import prepare_lists
from orchestration.cli.screen import make_console, step
from orchestration.pipeline import prepare_instance
from orchestration.processes import Processes
from orchestration.settings import settings
from orchestration.warehouse import database_url, export


@click.command()
def serve() -> None:
    """Serve the API, dashboard, collector, Dagster UI and schedules on your own data, until Ctrl-C."""
    from orchestration.migrate import migrate

    current = settings()
    console = make_console()
    serving.require_free_ports(current, "collector", "api", "dagster")
    with step(console, "database"):
        url = database_url(current)
        migrate(url)
        prepare_instance(current, url)
        prepare_lists(current, url)
    with Processes(current.home / "logs", export(current, url)) as processes:
        with step(console, "collector"):
            serving.start_collector(processes, current)
        with step(console, "API and dashboard"):
            serving.start_product(processes, current)
        with step(console, "Dagster UI and schedules"):
            serving.start_dagster(processes, current)
        base = f"http://{current.host}"
        console.print(f"\n  dashboard  {base}:{current.api_port}/\n  Dagster    {base}:{current.dagster_port}/\n\nCtrl-C ends it.")
        serving.watch(processes, console.print)


COMMANDS = {"serve": serve}
