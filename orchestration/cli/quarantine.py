"""`hostread quarantine`: what could not be used, with its reason and original bytes."""

import click
import psycopg

from orchestration.settings import settings
from orchestration.warehouse import database_url

SHOWN_BYTES = 200


@click.command()
@click.option("--source", help="Only this source: feeds, hosting, logs, collector, campaigns or ip_ranges.")
@click.option("--limit", default=20, show_default=True, help="How many rows, newest first.")
def quarantine(source: str | None, limit: int) -> None:
    """Show what could not be used, and why."""
    with psycopg.connect(database_url(settings())) as connection:
        counts = connection.execute(
            "select source, reason_code, count(*) from raw.quarantine where starts_with(source, %(source)s) "
            "group by source, reason_code order by count(*) desc",
            {"source": source or ""},
        ).fetchall()
        rows = connection.execute(
            "select q.quarantined_at, coalesce(t.slug, '?'), q.source, q.reason, q.original from raw.quarantine as q "
            "left join app.tenants as t using (tenant_id) where starts_with(q.source, %(source)s) "
            "order by q.quarantine_id desc limit %(limit)s",
            {"source": source or "", "limit": limit},
        ).fetchall()
    if not counts:
        click.echo(f"nothing {f'of {source} ' if source else ''}is in quarantine")
        return
    for name, code, count in counts:
        click.echo(f"{count:>8,}  {name}  {code}")
    for at, tenant, name, reason, original in rows:
        click.echo(f"\n{at:%Y-%m-%d %H:%M}  {tenant}  {name}  {printable(reason)}\n    {printable(shown(bytes(original)))}")


def shown(original: bytes) -> str:
    cut = original[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return cut if len(original) <= SHOWN_BYTES else f"{cut} … ({len(original):,} bytes)"


def printable(text: str) -> str:
    """Strangers wrote it: what would steer the terminal is shown as its code instead."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


COMMANDS = {"quarantine": quarantine}
