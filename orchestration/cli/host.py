"""`hostread host`: accounts at hosting platforms, whose statistics are read by API."""

import os
import sys
from datetime import date, timedelta
from uuid import UUID

import click

from orchestration.cli.acting import TENANT_HELP, acting, entered
from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url

VARIABLE = "HOSTREAD_HOST_CREDENTIAL"
RUN = "command-line"


@click.group()
def host() -> None:
    """Add, list and read accounts at hosting platforms."""


@host.command()
@click.argument("show_id", type=click.UUID)
@click.option(
    "--at", "platform", required=True, help="buzzsprout, transistor, op3, simplecast or podbean (hostread host platforms)."
)
@click.option("--show", "external_show_id", required=True, help="What the platform calls the show.")
@click.option("--base-url", help="Where the platform answers, if not at its usual address.")
@click.option("--tenant", help=TENANT_HELP)
def add(show_id: UUID, platform: str, external_show_id: str, base_url: str | None, tenant: str | None) -> None:
    """Read the statistics of SHOW_ID (hostread feed list) from a platform, hourly.

    The credential is asked for, read from standard input, or taken from HOSTREAD_HOST_CREDENTIAL: never from the command line,
    where every user of the machine could read it. It is kept encrypted and never shown.
    """
    from api.campaigns.hosting import HostingAccountEntry, create_hosting_account

    names = {
        "show_id": "SHOW_ID", "host": "--at", "external_show_id": "--show", "credential": "the credential",
        "base_url": "--base-url",
    }  # fmt: skip
    entry = entered(
        HostingAccountEntry, names, show_id=show_id, host=platform, external_show_id=external_show_id, credential=_credential(),
        base_url=base_url,
    )  # fmt: skip
    with acting(tenant) as (connection, owner):
        made = create_hosting_account(connection, owner, entry, settings().resolved_secret_key())
    click.echo(f"account {made.account_id}: {made.host_name} {made.external_show_id} is read with the next run of refresh_hosting")
    click.echo("read it now with `hostread host pull`")


@host.command()
@click.argument("account_id", type=click.UUID)
@click.option("--off", is_flag=True, help="Switch it off instead; its figures stay.")
@click.option("--tenant", help=TENANT_HELP)
def change(account_id: UUID, off: bool, tenant: str | None) -> None:
    """Give ACCOUNT_ID a new credential, asked for as by `add`, or switch it off."""
    from api.campaigns.hosting import HostingAccountChange, change_hosting_account

    said = {"is_active": False} if off else {"credential": _credential(), "is_active": True}
    wanted = entered(HostingAccountChange, {"credential": "the credential"}, **said)
    with acting(tenant) as (connection, owner):
        done = change_hosting_account(connection, owner, account_id, wanted, settings().resolved_secret_key())
    click.echo(f"{done.host_name} {done.external_show_id} is {'off' if not done.is_active else 'read with its new credential'}")


@host.command("list")
@click.option("--tenant", help=TENANT_HELP)
def list_accounts(tenant: str | None) -> None:
    """List the accounts, when each was read last, and what is wrong where it was not."""
    from api.campaigns.hosting import list_hosting_accounts

    with acting(tenant) as (connection, _):
        accounts = list_hosting_accounts(connection)
    for account in accounts:
        read = f"{account.last_success_at:%Y-%m-%d %H:%M}" if account.last_success_at else "never"
        state = "" if account.is_active else "  off"
        click.echo(
            f"{account.account_id}  {account.host_name} {account.external_show_id}  {account.show_title}  read {read}{state}"
        )
        if account.last_error:
            click.secho(f"  {account.last_error}", fg="red")
    if not accounts:
        click.echo("no accounts yet: add one with `hostread host add SHOW_ID --at PLATFORM --show ID`")


@host.command()
def platforms() -> None:
    """List the platforms with an API, and what each wants."""
    import psycopg

    with psycopg.connect(database_url(settings())) as connection:
        rows = connection.execute(
            "select source, name, credential_hint, show_hint from app.download_sources where kind = 'api' order by source"
        ).fetchall()
    for source, name, credential, show in rows:
        click.echo(f"{source:<12} {name}: {credential}. {show}")


@host.command()
@click.argument("account_id", type=click.UUID, required=False)
@click.option("--month", help="Read this month again, as 2026-02, instead of the trailing 35 days.")
def pull(account_id: UUID | None, month: str | None) -> None:
    """Read ACCOUNT_ID now, or all accounts, those too that pause after a fault."""
    from assets.hosting.statistics import pull_hosting
    from assets.lib.warehouse import WarehouseUrl

    current = settings()
    warehouse = WarehouseUrl(database_url(current), current.resolved_secret_key(), current.allow_private_urls)
    done = pull_hosting(warehouse, RUN, is_forced=True, account_id=account_id, days=month_days(month) if month else None)
    for result in done.results:
        click.echo(f"{result.name}: {result.status}, {result.landed:,} values")
        if result.status == "failed":
            click.secho(f"  {result.message}", fg="red")
    if not done.results:
        raise HostreadError("found no such account that is switched on, expected one: see `hostread host list`")
    if done.failed:
        raise HostreadError(
            f"{done.failed} of {done.accounts} accounts could not be read whole: what landed stays, the rest is read next time"
        )


def month_days(month: str) -> tuple[date, date]:
    """The first and the last day of `2026-02`. Raises HostreadError."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise HostreadError(f"found the month {month!r}, expected one such as 2026-02") from None
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _credential() -> str:
    if given := os.environ.get(VARIABLE):
        return given
    if sys.stdin.isatty():
        return str(click.prompt("credential", hide_input=True))
    read = sys.stdin.readline().strip()
    if not read:
        raise HostreadError(f"found no credential, expected it on standard input or in {VARIABLE}: `hostread host add … < file`")
    return read


COMMANDS = {"host": host}
