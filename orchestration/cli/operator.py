"""`hostread operator`: who runs this platform, sees its health and is mailed its alerts."""

import click

from orchestration.settings import settings
from orchestration.warehouse import database_url


@click.group()
def operator() -> None:
    """Name the people who run this platform: they see its health and are mailed its alerts."""


@operator.command()
@click.argument("email")
def add(email: str) -> None:
    """Make the login EMAIL an operator, whatever it is in its own account."""
    import psycopg

    from orchestration.errors import HostreadError

    with psycopg.connect(database_url(settings())) as connection:
        if connection.execute("select 1 from app.logins where email = lower(%s)", [email]).fetchone() is None:
            raise HostreadError(f"found no login {email}, expected one that registered: open an account with it first")
        connection.execute("insert into ops.operators (email) values (lower(%s)) on conflict do nothing", [email])
    click.echo(f"{email.lower()} is an operator")


@operator.command()
@click.argument("email")
def remove(email: str) -> None:
    """Let EMAIL be an operator no longer."""
    import psycopg

    from orchestration.errors import HostreadError

    with psycopg.connect(database_url(settings())) as connection:
        if connection.execute("delete from ops.operators where email = lower(%s)", [email]).rowcount == 0:
            raise HostreadError(f"found no operator {email}, expected one of those that `hostread operator list` prints")
    click.echo(f"{email.lower()} is no operator any more")


@operator.command("list")
def list_operators() -> None:
    """Print the operators."""
    import psycopg

    with psycopg.connect(database_url(settings())) as connection:
        for (email,) in connection.execute("select email from ops.operators order by 1"):
            click.echo(email)


COMMANDS = {"operator": operator}
