"""`hostread lists`: what judges agents and addresses, where it comes from, and what is held, stale or safe."""

import getpass

import click
import psycopg

from orchestration.errors import HostreadError
from orchestration.settings import Settings, settings
from orchestration.warehouse import database_url

RUN = "command-line"


def prepare_lists(current: Settings, url: str) -> None:
    """Register the settings' sources and compose the lists of what is known, without asking anybody. Raises HostreadError."""
    from assets.lists.refresh import ensure_lists
    from assets.lists.sources import SourcesError, read_sources

    try:
        ensure_lists(url, read_sources(current.list_sources))
    except SourcesError as error:
        raise HostreadError(str(error)) from error


@click.group(invoke_without_command=True)
@click.pass_context
def lists(context: click.Context) -> None:
    """Show the lists; fetch, accept or refuse what publishers say; keep the safe list."""
    if context.invoked_subcommand is None:
        show()


def show() -> None:
    """The newest version of each list with its parts, and what is wrong with a source."""
    with psycopg.connect(database_url(settings())) as connection:
        versions = connection.execute(
            "select distinct on (list_name) list_name, list_version, entry_count, loaded_at, parts from ops.lists "
            "order by list_name, loaded_at desc, list_version"
        ).fetchall()
        faults = connection.execute(
            "select source_name, last_error, last_success_at from ops.list_sources where is_active and last_error is not null "
            "order by source_name"
        ).fetchall()
        held = connection.execute(
            "select source_name, snapshot_version, held_reason from ops.list_snapshots where status = 'held' order by 1, fetched_at"
        ).fetchall()
    for name, version, entries, at, parts in versions:
        click.echo(f"{name}@{version}  {entries:,} entries  since {at:%Y-%m-%d %H:%M}")
        for part in parts:
            stale = f", {part['stale_entries']} stale and not applied" if part.get("stale_entries") else ""
            click.echo(
                f"  {part['source']}@{part['version']}  {part['origin']} {part['date'] or ''}  {part['entries']:,} entries{stale}"
            )
    for name, error, since in faults:
        click.secho(f"{name}: {error} (last read {f'{since:%Y-%m-%d}' if since else 'never'})", fg="red")
    for name, version, reason in held:
        click.secho(f"held: {name}@{version}: {reason}. `hostread lists accept {name}@{version}` uses it", fg="yellow")
    if not versions:
        click.echo("no list yet, installed packages judge: `hostread lists refresh` fetches them")


@lists.command()
def refresh() -> None:
    """Ask every publisher now, those too that pause after a fault."""
    from assets.lists.refresh import refresh_lists
    from assets.lists.sources import SourcesError, read_sources

    try:
        sources = read_sources(settings().list_sources)
    except SourcesError as error:
        raise HostreadError(str(error)) from error
    done = refresh_lists(database_url(settings()), RUN, sources, allow_private=settings().allow_private_urls, is_forced=True)
    click.echo(f"{len(done.changed)} changed, {len(done.unchanged)} unchanged, {len(done.held)} held, {len(done.failures)} failed")
    for source, message in [*done.failures, *done.held]:
        click.secho(f"  {source}: {message}", fg="red")
    for version in done.versions:
        click.echo(f"{version.list_name}@{version.version}: {version.entries:,} entries{', new' if version.is_new else ''}")


@lists.command()
@click.argument("document", metavar="SOURCE@VERSION")
def accept(document: str) -> None:
    """Use a document that is held."""
    _decide(document, "accepted")


@lists.command()
@click.argument("document", metavar="SOURCE@VERSION")
def refuse(document: str) -> None:
    """Never use a document that is held."""
    _decide(document, "refused")


def _decide(document: str, status: str) -> None:
    from assets.lib.warehouse import connect
    from assets.lists.refresh import compose_all
    from assets.lists.snapshots import DecisionError, decide

    source, _, version = document.partition("@")
    with connect(database_url(settings()), "ingest") as connection:
        try:
            decide(connection, source, version, status, who())
        except DecisionError as error:
            raise HostreadError(str(error)) from error
        composed = compose_all(connection)
    click.echo(f"{document} is {status}; " + ", ".join(f"{made.list_name}@{made.version}" for made in composed))


@lists.command()
@click.argument("network", required=False)
@click.option("--note", default="", help="Why the listeners in NETWORK are people.")
@click.option(
    "--class", "ip_class", type=click.Choice(["corporate", "mobile", "household"]), default="corporate", show_default=True
)
@click.option("--remove", is_flag=True, help="Take NETWORK off the list.")
def safe(network: str | None, note: str, ip_class: str, remove: bool) -> None:
    """Show the safe list; with NETWORK, add it or validate it anew. An entry is applied for 90 days after it was validated."""
    from assets.lib.warehouse import connect
    from assets.lists.refresh import compose_all
    from assets.lists.safe import SafeListError, add_safe, list_safe, remove_safe

    with connect(database_url(settings()), "ingest") as connection:
        if network is not None:
            try:
                if remove:
                    remove_safe(connection, network)
                else:
                    add_safe(connection, network, note, who(), ip_class)
            except SafeListError as error:
                raise HostreadError(str(error)) from error
            for made in compose_all(connection):
                click.echo(f"{made.list_name}@{made.version}")
        entries = list_safe(connection)
    for entry in entries:
        state = "stale, not applied: validate it anew" if entry.is_stale else f"validated {entry.validated_at:%Y-%m-%d}"
        click.secho(
            f"{entry.network}  {entry.ip_class}  {state} by {entry.validated_by}  {entry.note}",
            fg="red" if entry.is_stale else None,
        )
    if not entries:
        click.echo("the safe list is empty: `hostread lists safe NETWORK --note WHY` adds to it")


def who() -> str:
    """The operating system's name of whoever gives the command."""
    return f"{getpass.getuser()} (command line)"


COMMANDS = {"lists": lists}
