"""The `hostread` command. Each subcommand is a module of its own, imported when it is called: `--help` must not cost seconds."""

import importlib
import sys
from collections.abc import Mapping

import click

from orchestration.errors import HostreadError

# Command: (module, what it does). The help is printed from here, without importing the module.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("run", "Run the whole pipeline on the demo network, print a summary and serve it."),
    "serve": ("serve", "Serve the API, dashboard, collector, Dagster UI and schedules on your own data."),
    "build": ("build", "Land what is new, check it, build and publish the marts, once."),
    "migrate": ("database", "Bring the database to the current schema."),
    "url": ("database", "Print the database's URL, for psql."),
    "reset": ("database", "Delete the embedded database and the demo world."),
    "tenant": ("tenant", "Create tenants and their API keys."),
    "operator": ("operator", "Name who runs this platform: sees its health, is mailed its alerts."),
    "feed": ("feed", "Add, list and refresh feeds."),
    "host": ("host", "Add, list and read accounts at hosting platforms."),
    "site": ("site", "Add a sponsor's site and print its write key and snippet."),
    "import": ("imports", "Import statistics, logs, orders, spend and address lists from files."),
    "lists": ("lists", "Show, fetch and decide on the lists that judge agents and addresses."),
    "recount": ("recount", "Judge some days again by a version of a list, and record what it changed."),
    "counting": ("counting", "Show and change the rules that downloads are counted by, and list restated figures."),
    "method": ("method", "Print how downloads are counted, from the live configuration."),
    "report": ("report", "Render and store a campaign's report."),
    "bounce": ("bounces", "Mark report mails that bounced or were complained about."),
    "keys": ("keys", "Rotate the keys that households are hashed with."),
    "quarantine": ("quarantine", "List, show and replay what could not be used."),
    "check": ("check", "Parse the dbt project and validate the Dagster definitions."),
}


class LazyGroup(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"orchestration.cli.{COMMANDS[name][0]}")
        command: click.Command = module.COMMANDS[name]
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def hostread() -> None:
    """Hostread measures what a podcast sponsorship brought.

    Settings come from HOSTREAD_* variables or .env; `.env.example` describes each.
    """


def main() -> None:
    """Entry point: expected faults end with one clear message and status 1, never with a stack trace."""
    try:
        hostread()
    except HostreadError as error:
        message = str(error)
    except Exception as error:
        from orchestration.cli.faults import explain

        explained = explain(error)
        if explained is None:
            raise
        message = explained
    else:
        return
    for line in message.splitlines():
        click.secho(f"hostread: {line}", fg="red", err=True)
    sys.exit(1)
