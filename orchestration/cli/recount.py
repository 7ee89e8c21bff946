"""`hostread recount`: judge days again by a version of a list, because somebody asks for it; recorded with what it changed."""

import sys
from datetime import date

import click
import psycopg

from orchestration.cli.acting import TENANT_HELP, find_owner
from orchestration.cli.lists import who
from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "from_day", type=DAY, help="The first UTC day.")
@click.option("--to", "to_day", type=DAY, help="The last UTC day, included.")
@click.option("--list", "list_text", metavar="NAME@VERSION", help="user_agents@VERSION or ip_ranges@VERSION (hostread lists).")
@click.option("--reason", default="", help="Why; it is kept with the recount.")
@click.option("--tenant", help=TENANT_HELP)
@click.option("--no-build", is_flag=True, help="Only judge; the counts change with the next build.")
def recount(from_day: object, to_day: object, list_text: str | None, reason: str, tenant: str | None, no_build: bool) -> None:
    """Judge the requests of some days again by a version of a list, and build. Without options: show the recounts so far."""
    tenant_id = find_owner(tenant).tenant_id
    if list_text is None:
        show(tenant_id)
        return
    if from_day is None or to_day is None:
        raise HostreadError(
            "found no --from or no --to, expected the days to judge again, such as --from 2026-01-01 --to 2026-01-31"
        )
    ask(tenant_id, list_text, from_day.date(), to_day.date(), reason)  # type: ignore[attr-defined]
    if not no_build:
        build()
    show(tenant_id, limit=1)


def ask(tenant_id: int, list_text: str, from_day: date, to_day: date, reason: str) -> None:
    from assets.lib.warehouse import connect
    from assets.lists.recount import RecountError, apply_recounts, ask_recount

    url = database_url(settings())
    with connect(url, "ingest") as connection:
        try:
            ask_recount(connection, tenant_id, list_text, from_day, to_day, who(), reason)
        except RecountError as error:
            raise HostreadError(str(error)) from error
    for done in apply_recounts(url):
        click.echo(
            f"{done.in_range:,} requests judged, {done.changed:,} verdicts changed"
            + (f", {done.not_judgeable:,} not: their address is not kept" if done.not_judgeable else "")
        )


def build() -> None:
    from assets.lists.recount import finish_recounts
    from orchestration.cli.screen import make_console, tell_step
    from orchestration.pipeline import prepare_instance, run_job

    url, console = database_url(settings()), make_console()
    prepare_instance(settings(), url)
    outcome = run_job("build_marts", lambda name, state: tell_step(console, name, state))
    finish_recounts(url)
    if not outcome.success:
        click.secho("the build did not publish: the verdicts are kept, and the next one that does changes the counts", fg="red")
        sys.exit(1)


def show(tenant_id: int, limit: int = 20) -> None:
    with psycopg.connect(database_url(settings())) as connection:
        rows = connection.execute(
            "select asked_at, asked_by, list_name || '@' || list_version, from_day, to_day, reason, requests_changed, "
            "requests_not_judgeable, counted_before, counted_after, failed_reason from ops.recounts where tenant_id = %s "
            "order by asked_at desc limit %s",
            [tenant_id, limit],
        ).fetchall()
    for at, asked_by, version, from_day, to_day, reason, changed, missed, before, after, failed in rows:
        click.echo(f"{at:%Y-%m-%d %H:%M}  {asked_by}  {version}  {from_day} to {to_day}  {reason}")
        if failed:
            click.secho(f"  failed: {failed}", fg="red")
            continue
        # Other counting rules judge by no list: only the counts tell.
        if not version.startswith("counting_settings@"):
            click.echo(f"  {changed or 0:,} verdicts changed, {missed or 0:,} not judgeable")
        for name, count in (before or {}).items():
            later = f"{after.get(name, 0):,}" if after else "with the next build"
            click.echo(f"  {name}: {count:,} → {later}")
    if not rows:
        click.echo("no recount was asked for: hostread recount --from 2026-01-01 --to 2026-01-31 --list user_agents@VERSION")


COMMANDS = {"recount": recount}
