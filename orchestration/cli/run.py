"""`hostread run`: the main job, from a simulated network's sources to a sponsor's report, and then serving it."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import click
from rich.console import Console

from orchestration import demo, serving
from orchestration.cli.screen import make_console, show, show_truth, step, tell_step
from orchestration.pipeline import RunOutcome, load_definitions, prepare_instance, run_job
from orchestration.processes import Processes
from orchestration.settings import Settings, settings
from orchestration.summary import summarize
from orchestration.truth import compare
from orchestration.warehouse import database_url, export

PORTS = ("simulation", "collector")
SERVED_PORTS = ("api", "dagster")
# Their statistics were read while the events came in: asked again at once, a host that counts questions lets everybody wait.
HOSTS_WERE_ASKED = {"raw__hosting_downloads": {"only_asked": True}}


@click.command()
@click.option("--no-serve", is_flag=True, help="End after the summary: status 0, or 1 where a check that blocks failed.")
@click.option("--world", type=click.Choice(["tiny", "demo", "large"]), help="Which simulated network [HOSTREAD_WORLD, demo].")
@click.option("--seed", type=int, help="The network's seed [HOSTREAD_SEED].")
def run(no_serve: bool, world: str | None, seed: int | None) -> None:
    """Run the whole pipeline on the demo network, print a summary and serve it."""
    chosen = {name: value for name, value in (("world", world), ("seed", seed)) if value is not None}
    # The demo's feeds and host APIs lie on loopback, which the fetcher refuses otherwise; its lists are the simulated world's own.
    current = settings().model_copy(update={**chosen, "allow_private_urls": True, "list_sources": "none"})
    console = make_console()
    serving.require_free_ports(current, *PORTS, *(() if no_serve else SERVED_PORTS))
    began = time.monotonic()
    with step(console, "database"):
        url = database_url(current)
        migrate(url)
        prepare_instance(current, url)
    load_definitions()
    env = {**export(current, url), "HOSTREAD_TRUSTED_PROXIES": "127.0.0.0/8"}
    with Processes(current.home / "logs", env) as processes:
        outcome = pipeline(console, current, url, processes)
        console.print(f"pipeline finished in [bold]{time.monotonic() - began:.1f} s[/]\n")
        show(console, summarize(url), outcome)
        # What a held build left behind lies between two states: only a published one can equal the truth.
        truth = compare(url, demo.world_folder(current)) if outcome.success else None
        if truth is not None:
            show_truth(console, truth)
        if no_serve:
            sys.exit(0 if truth is not None and truth.is_equal else 1)
        serve(console, current, url, processes)


def pipeline(console: Console, current: Settings, url: str, processes: Processes) -> RunOutcome:
    with step(console, f"network {current.world}, seed {current.seed}"):
        world = demo.ensure_world(current)
    with step(console, "tenants, shows and campaigns"):
        from orchestration.world import load_app

        load_app(url, world, current.resolved_secret_key())
        demo.name_operator(url)
        demo.import_files(url, world, "demo-import")
    with step(console, "feeds and host APIs of the network"):
        demo.start_simulation(processes, current, world, live=True)
    with step(console, "collector"):
        serving.start_collector(processes, current)
    # As it is in life: the sites send while a host that allows ten questions in ten seconds is waited for.
    with step(console, "events from the sponsors' sites, hosts' own statistics"), ThreadPoolExecutor(1) as beside:
        delivered = beside.submit(demo.deliver_events, url, current, world)
        run_job("refresh_hosting", lambda name, state: None)
        delivered.result()
    console.print("assets, checks, models, reports:")
    return run_job("run_everything", lambda name, state: tell_step(console, name, state), configs=HOSTS_WERE_ASKED)


def serve(console: Console, current: Settings, url: str, processes: Processes) -> None:
    with step(console, "API and dashboard"):
        serving.start_product(processes, current)
    with step(console, "Dagster UI and schedules"):
        serving.start_dagster(processes, current)
    demo.start_live_traffic(processes, current, demo.world_folder(current))
    base = f"http://{current.host}"
    console.print(
        f"\n  dashboard    [bold]{base}:{current.api_port}/[/]   login demo@hostread.example, password demo-hostread\n"
        f"  API docs     [bold]{base}:{current.api_port}/docs[/]\n"
        f"  Dagster UI   [bold]{base}:{current.dagster_port}/[/]\n"
        f"  collector    [bold]{base}:{current.collector_port}/[/]\n"
        f"  logs         {current.home / 'logs'}\n\nCtrl-C ends it."
    )
    serving.watch(processes, console.print)


def migrate(url: str) -> None:
    from orchestration.migrate import migrate as bring_up

    bring_up(url)


COMMANDS = {"run": run}
