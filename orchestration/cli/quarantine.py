"""`hostread quarantine`: what could not be used, with its reason and original bytes."""

import click
import psycopg
from rich.console import Console
from rich.table import Table

from orchestration.settings import settings
from orchestration.warehouse import database_url


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
    console = Console(highlight=False, soft_wrap=True)
    if not counts:
        console.print(f"nothing {f'of {source} ' if source else ''}is in quarantine")
        return
    for name, code, count in counts:
        console.print(f"{count:>8,}  {name}  {code}")
    table = Table("when", "tenant", "source", "reason", "original", box=None)
    for at, tenant, name, reason, original in rows:
        table.add_row(f"{at:%Y-%m-%d %H:%M}", tenant, name, reason, bytes(original)[:80].decode("utf-8", "replace"))
    console.print(table)


COMMANDS = {"quarantine": quarantine}
