"""`hostread build`: one build of the marts, by hand."""

import sys
import time

import click

from orchestration.cli.screen import make_console, show, tell_step
from orchestration.pipeline import prepare_instance, run_job
from orchestration.settings import settings
from orchestration.summary import summarize
from orchestration.warehouse import database_url


@click.command()
@click.option("--full", is_flag=True, help="Rebuild everything from raw, beside what is served, and publish the difference.")
def build(full: bool) -> None:
    """Land what is new, check it, build and publish the marts, once."""
    from orchestration.migrate import migrate

    console = make_console()
    url = database_url(settings())
    migrate(url)
    prepare_instance(settings(), url)
    began = time.monotonic()
    mode = "full" if full else "incremental"
    outcome = run_job("build_marts", lambda name, state: tell_step(console, name, state), {"hostread/build_mode": mode})
    console.print(f"{mode} build finished in [bold]{time.monotonic() - began:.1f} s[/]\n")
    show(console, summarize(url), outcome)
    sys.exit(0 if outcome.success else 1)


COMMANDS = {"build": build}
