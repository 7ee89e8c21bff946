"""`hostread import`: files that people bring."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from orchestration.cli.acting import TENANT_HELP, find_owner
from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url

if TYPE_CHECKING:
    from assets.campaigns.forms import Kind
    from assets.hosting.logs import FileProgress

RUN = "command-line"
FILE = click.Path(path_type=Path)


@click.group("import")
def imports() -> None:
    """Import statistics, logs, orders, spend, exchange rates, survey answers and address lists from files."""


@contextmanager
def told() -> Iterator[None]:
    """What an import says when nothing of a file could be used becomes the command's one message."""
    from assets.campaigns.imports import ImportFailedError
    from assets.hosting.lists import ListError

    try:
        yield
    except (ImportFailedError, ListError) as error:
        raise HostreadError(str(error)) from error


def tell(landed: int, unchanged: int, quarantined: int, failures: tuple[tuple[str, str], ...]) -> None:
    click.echo(f"{landed:,} rows landed, {unchanged:,} were there already, {quarantined:,} quarantined (hostread quarantine)")
    if failures:
        raise HostreadError("; ".join(f"{what}: {fault}" for what, fault in failures))


def land(kind: "Kind", path: Path, tenant: str | None, sponsor_id: UUID | None = None) -> None:
    from assets.campaigns.imports import import_file

    with told():
        done = import_file(database_url(settings()), kind, find_owner(tenant).tenant_id, path, RUN, sponsor_id)
    tell(done.landed, done.unchanged, done.quarantined, done.failures)


def tell_file(done: "FileProgress") -> None:
    click.echo(f"{done.path}: {done.landed:,} landed, {done.quarantined:,} quarantined")


@imports.command()
@click.argument("path", type=FILE)
@click.option("--tenant", help=TENANT_HELP)
@click.option("--name", help="What to call this log; its path otherwise.")
@click.option("--base-url", help="Where the files lie (https://media.example), where the log's lines name no host.")
def logs(path: Path, tenant: str | None, name: str | None, base_url: str | None) -> None:
    """Land the log PATH (a glob in quotes for several, gzip too), and follow it from now on, at each build.

    JSON lines, the Combined Log Format of Apache and nginx, or CloudFront's standard logs: told by the first lines.
    """
    from assets.hosting.logs import import_logs

    with told():
        done = import_logs(
            database_url(settings()), find_owner(tenant).tenant_id, path, RUN, name=name, base_url=base_url, progress=tell_file
        )
    tell(done.landed, 0, done.quarantined, done.failures)


@imports.command()
@click.argument("path", type=FILE)
@click.option("--tenant", help=TENANT_HELP)
@click.option("--show", required=True, help="The show: its id, or its title in small letters with hyphens.")
@click.option("--host", type=click.Choice(["libsyn", "spotify", "apple"]), help="Who exported it, where the header does not tell.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day of totals that name no day; today otherwise.")
def statistics(path: Path, tenant: str | None, show: str, host: str | None, as_of: datetime | None) -> None:
    """Import a show's statistics that Libsyn, Spotify for Creators or Apple Podcasts Connect exported: a CSV, or a zip of them."""
    import psycopg

    from assets.imports.folder import show_of
    from assets.imports.history import Brought, new_file
    from assets.imports.queue import land_now

    owner, url = find_owner(tenant), database_url(settings())
    try:
        digest, size = hashlib.sha256(path.read_bytes()).digest(), path.stat().st_size
    except OSError as error:
        raise HostreadError(f"{path} cannot be read: {error.strerror or error}. Expected a CSV or a zip of CSVs") from error
    with psycopg.connect(url) as connection:
        show_id = show_of(connection, owner.tenant_id, show)
    if show_id is None:
        raise HostreadError(f"found no show {show!r} of this tenant, expected its id or title: hostread feed list")
    file = new_file(owner.tenant_id, "statistics", path, digest, show_id=show_id, host=host, as_of=as_of.date() if as_of else None)
    done = land_now(url, file, Brought("command", size, owner.actor_kind, owner.actor_id), RUN)
    if done.status != "landed":
        raise HostreadError(done.message)
    click.echo(f"{path}: an export of {done.format}")
    for reason in done.examples[:5]:
        click.echo(f"  {reason}")
    if done.message:
        click.echo(f"  {done.message}")
    tell(done.landed, done.unchanged, done.quarantined, ())


@imports.command()
@click.argument("path", type=FILE)
@click.option("--tenant", help=TENANT_HELP)
def orders(path: Path, tenant: str | None) -> None:
    """Import orders: Shopify's export, or order_id,ordered_at,value,currency and perhaps sponsor_id,promo_code,refunded,country."""
    land("orders", path, tenant)


@imports.command()
@click.argument("path", type=FILE)
@click.option("--tenant", help=TENANT_HELP)
def spend(path: Path, tenant: str | None) -> None:
    """Import a CSV of daily spend: date,sponsor_id,show_id,currency,spend,ads_delivered,conversions,revenue."""
    land("spend", path, tenant)


@imports.command("currency-rates")
@click.argument("path", type=FILE)
@click.option("--tenant", help=TENANT_HELP)
def currency_rates(path: Path, tenant: str | None) -> None:
    """Import a CSV of exchange rates: date,from_currency,to_currency,rate and perhaps source."""
    land("currency_rates", path, tenant)


@imports.command("survey-answers")
@click.argument("path", type=FILE)
@click.option("--tenant", help=TENANT_HELP)
@click.option("--sponsor", "sponsor_id", type=click.UUID, help="Whose customers answered, where the file has no column sponsor_id.")
def survey_answers(path: Path, tenant: str | None, sponsor_id: UUID | None) -> None:
    """Import a CSV of survey answers: response_id,answered_at,answer and perhaps order_id and sponsor_id."""
    land("survey_answers", path, tenant, sponsor_id)


@imports.command("ip-ranges")
@click.argument("path", type=FILE)
def ip_ranges(path: Path) -> None:
    """Load a CSV of address ranges, network,ip_class, as a new version of the list."""
    from assets.hosting.lists import load_ip_ranges

    with told():
        done = load_ip_ranges(database_url(settings()), path, RUN)
    click.echo(f"{done.list_name} version {done.version}: {done.entries:,} ranges, {done.quarantined:,} rows quarantined")


@imports.command("user-agents")
@click.argument("path", type=FILE)
def user_agents(path: Path) -> None:
    """Load the opawg lists of a folder (bots, apps, libraries, browsers), each as a new version."""
    from assets.hosting.lists import load_user_agents

    with told():
        done = load_user_agents(database_url(settings()), path)
    for loaded in done if isinstance(done, list | tuple) else [done]:
        click.echo(f"{loaded.list_name} version {loaded.version}: {loaded.entries:,} patterns")


COMMANDS = {"import": imports}
