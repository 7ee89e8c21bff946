"""`hostread keys`: the keys that households are hashed with."""

import click

from orchestration.settings import settings
from orchestration.warehouse import database_url


@click.group()
def keys() -> None:
    """Rotate the keys that households are hashed with."""


@keys.command()
@click.option("--tenant", help="Only this tenant's slug.")
@click.option("--now", "is_asked", is_flag=True, help="Start a new epoch in ten minutes, whatever the date: after a leak.")
def rotate(tenant: str | None, is_asked: bool) -> None:
    """Make the keys of the coming quarter and destroy those that nothing can meet under any more; the schedule does it daily."""
    import psycopg

    from assets.pixels.household_keys import rotate as rotate_keys
    from orchestration.errors import HostreadError

    url = database_url(settings())
    tenant_id = None
    if tenant is not None:
        with psycopg.connect(url) as connection:
            row = connection.execute("select tenant_id from app.tenants where slug = %s", [tenant]).fetchone()
        if row is None:
            raise HostreadError(f"found no tenant {tenant!r}, expected the slug of one: `hostread tenant list` names them")
        tenant_id = int(row[0])
    done = rotate_keys(url, "hostread keys rotate", tenant_id=tenant_id, is_asked=is_asked)
    click.echo(f"{done.made} keys made, {done.destroyed} destroyed, {done.live} live")


COMMANDS = {"keys": keys}
