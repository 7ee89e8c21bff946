"""`hostread quarantine`: what could not be used, with its reason and original bytes."""

import uuid

import click
import psycopg

from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url

SHOWN_BYTES = 200


SOURCE_HELP = "Only this source: hosting, logs, collector, campaigns, lists or ip_ranges."


@click.group(invoke_without_command=True)
@click.option("--source", help=SOURCE_HELP)
@click.option("--limit", default=20, show_default=True, help="How many rows, newest first.")
@click.pass_context
def quarantine(context: click.Context, source: str | None, limit: int) -> None:
    """What could not be used: list it, show a row whole, and replay it after a fix. Without a subcommand: list."""
    if context.invoked_subcommand is None:
        listed(source, limit)


@quarantine.command("list")
@click.option("--source", help=SOURCE_HELP)
@click.option("--limit", default=20, show_default=True, help="How many rows, newest first.")
def list_(source: str | None, limit: int) -> None:
    """Show what could not be used, and why."""
    listed(source, limit)


@quarantine.command()
@click.argument("number", type=int)
def show(number: int) -> None:
    """Show row NUMBER whole: its reason, where it stood, its original."""
    with psycopg.connect(database_url(settings())) as connection:
        row = connection.execute(
            "select q.quarantined_at, coalesce(t.slug, '?'), q.source, q.reason_code, q.reason, q.context::text, q.replayed_at, "
            "q.original from raw.quarantine as q left join app.tenants as t using (tenant_id) where quarantine_id = %s",
            [number],
        ).fetchone()
    if row is None:
        raise HostreadError(f"found no row {number} in quarantine, expected a number that `hostread quarantine list` shows")
    at, tenant, source, code, reason, where, replayed_at, original = row
    state = f"replayed {replayed_at:%Y-%m-%d %H:%M}" if replayed_at else "waits"
    click.echo(f"{at:%Y-%m-%d %H:%M}  {tenant}  {source}  {code}  {state}\n{printable(reason)}\n{printable(where)}")
    click.echo(printable(bytes(original).decode("utf-8", "backslashreplace")))


@quarantine.command()
@click.option("--source", type=click.Choice(["collector", "logs"]), help="Only this source; by default both.")
@click.option("--tenant", help="Only this tenant's slug.")
def replay(source: str | None, tenant: str | None) -> None:
    """Try again, after a fix, what the collector and the logs put away: each row lands once. A row that is still at fault stays.

    Statistics, orders and lists come from files and hosts that are read again: import the file once more.
    """
    from orchestration.replay import replay_collector
    from orchestration.replay_logs import replay_logs

    url = database_url(settings())
    tenant_id = None
    if tenant is not None:
        with psycopg.connect(url) as connection:
            row = connection.execute("select tenant_id from app.tenants where slug = %s", [tenant]).fetchone()
        if row is None:
            raise HostreadError(f"found no tenant {tenant!r}, expected a slug that `hostread tenant list` shows")
        tenant_id = int(row[0])
    for name, run in (("collector", replay_collector), ("logs", replay_logs)):
        if source in (None, name):
            done = run(url, f"replay-{uuid.uuid4()}", tenant_id)
            click.echo(f"{name}: {done.landed:,} landed, {sum(done.stayed.values()):,} stay")
            for code, count in done.stayed.most_common():
                click.echo(f"{count:>8,}  {code}")


def listed(source: str | None, limit: int) -> None:
    with psycopg.connect(database_url(settings())) as connection:
        counts = connection.execute(
            "select source, reason_code, count(*) from raw.quarantine where starts_with(source, %(source)s) "
            "group by source, reason_code order by count(*) desc",
            {"source": source or ""},
        ).fetchall()
        rows = connection.execute(
            "select q.quarantine_id, q.quarantined_at, coalesce(t.slug, '?'), q.source, q.reason, q.original "
            "from raw.quarantine as q left join app.tenants as t using (tenant_id) where starts_with(q.source, %(source)s) "
            "order by q.quarantine_id desc limit %(limit)s",
            {"source": source or "", "limit": limit},
        ).fetchall()
    if not counts:
        click.echo(f"nothing {f'of {source} ' if source else ''}is in quarantine")
        return
    for name, code, count in counts:
        click.echo(f"{count:>8,}  {name}  {code}")
    for number, at, tenant, name, reason, original in rows:
        click.echo(
            f"\n{number}  {at:%Y-%m-%d %H:%M}  {tenant}  {name}  {printable(reason)}\n    {printable(shown(bytes(original)))}"
        )


def shown(original: bytes) -> str:
    cut = original[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return cut if len(original) <= SHOWN_BYTES else f"{cut} … ({len(original):,} bytes)"


def printable(text: str) -> str:
    """Strangers wrote it: what would steer the terminal is shown as its code instead."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


COMMANDS = {"quarantine": quarantine}
