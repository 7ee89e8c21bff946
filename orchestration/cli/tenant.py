"""`hostread tenant`: accounts and their API keys."""

import click
import psycopg

from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url


@click.group()
def tenant() -> None:
    """Create tenants and their API keys."""


@tenant.command()
@click.argument("name")
@click.option("--email", required=True, help="The owner's address, its login.")
@click.password_option(help="The owner's password, 10 characters or more; asked for when it is not given.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--timezone", default="UTC", show_default=True, help="IANA time zone.")
def create(name: str, email: str, password: str, currency: str, timezone: str) -> None:
    """Create the tenant NAME with its owner, and print its first API key, this once."""
    from api.auth.registration import register
    from api.database import AppDatabase
    from api.errors import Problem
    from api.routes.users import RegistrationEntry
    from orchestration.cli.acting import entered
    from orchestration.migrate import migrate

    entry = entered(
        RegistrationEntry,
        {"organisation": "NAME", "email": "--email", "password": "--password", "currency": "--currency", "timezone": "--timezone"},
        organisation=name, email=email, password=password, currency=currency, timezone=timezone,
    )  # fmt: skip

    url = database_url(settings())
    migrate(url)
    database = AppDatabase(url, max_size=1)
    try:
        made = register(
            database, email=entry.email, password=entry.password.get_secret_value(), display_name="",
            organisation=entry.organisation, currency=entry.currency, timezone=entry.timezone,
        )  # fmt: skip
    except Problem as problem:
        raise HostreadError(str(problem)) from problem
    finally:
        database.close()
    click.echo(f"tenant   {made.tenant_slug}\nowner    {entry.email}\nAPI key  {made.api_key.key}   (shown once)")


@tenant.command("list")
def list_tenants() -> None:
    """List the tenants with what they have."""
    with psycopg.connect(database_url(settings())) as connection:
        rows = connection.execute(
            "select t.slug, t.name, t.currency, (select count(*) from app.shows as s where s.tenant_id = t.tenant_id), "
            "(select count(*) from app.campaigns as c where c.tenant_id = t.tenant_id) from app.tenants as t order by t.slug"
        ).fetchall()
    for slug, name, currency, shows, campaigns in rows:
        click.echo(f"{slug}  {name}  {currency}  {shows} shows  {campaigns} campaigns")
    if not rows:
        click.echo("no tenants yet: create one with `hostread tenant create NAME --email …`")


@tenant.command()
@click.option("--tenant", "slug", help="The tenant's slug; not needed where there is one alone.")
@click.option("--name", default="from the command line", show_default=True, help="What the key is for.")
@click.option("--role", type=click.Choice(["owner", "analyst"]), default="analyst", show_default=True)
def key(slug: str | None, name: str, role: str) -> None:
    """Make an API key and print it, this once."""
    from api.auth.registration import make_api_key
    from orchestration.cli.acting import acting

    with acting(slug) as (connection, owner):
        made = make_api_key(connection, owner, name, "owner" if role == "owner" else "analyst", None)
    click.echo(made.key)


@tenant.command("reset-link")
@click.option("--email", required=True, help="The address that signs in.")
def reset_link(email: str) -> None:
    """Print a link that sets a new password, once and within an hour: for installations that send no mail."""
    from api.auth.recovery import make_token
    from api.database import AppDatabase

    current = settings()
    database = AppDatabase(database_url(current), max_size=1)
    try:
        token = make_token(database, email.strip(), "reset")
    finally:
        database.close()
    if token is None:
        raise HostreadError(f"found no login {email}, expected the address of a member")
    click.echo(f"{current.public_url or f'http://{current.host}:{current.api_port}'}/reset?token={token}")


COMMANDS = {"tenant": tenant}
