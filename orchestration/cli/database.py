"""`hostread migrate`, `url` and `reset`: the database as a whole."""

import shutil

import click

from orchestration.local import remove_server
from orchestration.settings import settings
from orchestration.warehouse import database_url


@click.command()
def migrate() -> None:
    """Bring the database to the current schema."""
    from orchestration.migrate import migrate as bring_up

    click.echo(f"schema {bring_up(database_url(settings()))}")


@click.command()
def url() -> None:
    """Print the database's URL, for psql: psql "$(hostread url)"."""
    click.echo(database_url(settings()))


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Delete the embedded database and the demo world. A server named in HOSTREAD_DATABASE_URL is left alone."""
    home = settings().home
    if not yes:
        click.confirm(f"Delete the embedded database and everything under {home}?", abort=True)
    if home.exists():
        remove_server(home)
        shutil.rmtree(home)
    click.echo(f"deleted {home}")


COMMANDS = {"migrate": migrate, "url": url, "reset": reset}
