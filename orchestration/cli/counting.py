"""`hostread counting`: the rules that downloads are counted by, as far as they are settings, and the figures that were restated."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from orchestration.cli.acting import TENANT_HELP, acting, entered, find_owner
from orchestration.cli.lists import who
from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url

DAY = click.DateTime(["%Y-%m-%d"])
FROM_HELP = "The first UTC day that is counted so; today without it. A day that is over is a recount."
REASON_HELP = "Why; it is kept with the change."
SHOWN = 10


@click.group(invoke_without_command=True)
@click.option("--tenant", help=TENANT_HELP)
@click.pass_context
def counting(context: click.Context, tenant: str | None) -> None:
    """Show the rules that are settings; change them from a day on."""
    context.obj = tenant
    if context.invoked_subcommand is None:
        show(tenant)


@counting.command("set")
@click.argument("values", metavar="NAME=VALUE...", nargs=-1, required=True)
@click.option("--from", "from_day", type=DAY, help=FROM_HELP)
@click.option("--reason", required=True, help=REASON_HELP)
@click.option("--tenant", help=TENANT_HELP)
@click.pass_obj
def change(outer: str | None, values: tuple[str, ...], from_day: datetime | None, reason: str, tenant: str | None) -> None:
    """Set rules, as threshold_seconds=30; NAME=deployment gives one back to the deployment."""
    _change(tenant or outer, dict(_parse(value) for value in values), from_day, reason)


@counting.command()
@click.argument("variant", type=click.Choice(["op3", "deployment"]))
@click.option("--from", "from_day", type=DAY, help=FROM_HELP)
@click.option("--reason", required=True, help=REASON_HELP)
@click.option("--tenant", help=TENANT_HELP)
@click.pass_obj
def use(outer: str | None, variant: str, from_day: datetime | None, reason: str, tenant: str | None) -> None:
    """Set all rules at once: as OP3 has them, or back to the deployment's."""
    _change(tenant or outer, {"variant": variant}, from_day, reason)


@counting.command()
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
@click.option("--tenant", help=TENANT_HELP)
@click.pass_obj
def restated(outer: str | None, limit: int, tenant: str | None) -> None:
    """List the published figures that a later build changed: before, after, and why."""
    from api.marts.keyset import Window
    from api.marts.restatements import restatements

    with _reading(tenant or outer) as c:
        rows = restatements(c, page=Window(limit=limit)).items
    for row in rows:
        click.echo(
            f"{row.restated_at:%Y-%m-%d %H:%M}  {row.day}  {row.source}/{row.counting_window}  {row.show_title}: "
            f"{row.title or row.episode_guid}  {row.downloads_before:,} → {row.downloads_after:,}  {row.cause}"
        )
    if not rows:
        click.echo("no published figure was changed by a later build")


def show(tenant: str | None) -> None:
    """One line per setting, and the last changes."""
    from api.marts.counting_settings import counting_settings

    with _reading(tenant) as c:
        found = counting_settings(c)
    for setting in found.settings:
        origin = "own" if setting.is_own else "deployment"
        click.echo(f"{setting.name:<26}{_text(setting.value):<9}{origin:<12}OP3: {_text(setting.op3):<9}{setting.text}")
    for made in found.changes[:SHOWN]:
        state = "" if made.is_built else "  (with the next build)"
        click.echo(f"from {made.from_day}  {made.changed_at:%Y-%m-%d %H:%M}  {made.changed_by}  {made.reason}{state}")


@contextmanager
def _reading(tenant: str | None) -> Iterator[Any]:
    from api.marts.warehouse import Warehouse

    owner = find_owner(tenant)
    with Warehouse(database_url(settings()), max_size=1) as warehouse, warehouse.tenant(owner.tenant_id) as c:
        yield c


def _change(tenant: str | None, values: dict[str, object], from_day: datetime | None, reason: str) -> None:
    from api.campaigns.counting_settings import CountingSettingsChange, change_counting_settings
    from api.marts.counting_settings import NAMES, counted_between

    names = {name: name for name in (*NAMES, "variant")} | {"from_day": "--from", "reason": "--reason"}
    unknown = values.keys() - names.keys()
    if unknown:
        raise HostreadError(f"found the setting {', '.join(sorted(unknown))}, expected one of {', '.join(NAMES)}")
    day = from_day.date() if from_day else None
    change = entered(CountingSettingsChange, names, **values, from_day=day, reason=reason)
    with _reading(tenant) as reader, acting(tenant) as (connection, owner):
        named = replace(owner, display_name=who())
        made = change_counting_settings(connection, named, change, lambda first, last: counted_between(reader, first, last))
    click.echo(f"counted so from {made.from_day} on, with the next build (hostread build)")
    if made.recount_id is not None:
        click.echo("the days before today are recounted: `hostread recount` shows what that changed")


def _parse(text: str) -> tuple[str, object]:
    """`threshold_seconds=30` → its name and value; raises HostreadError."""
    name, sign, value = text.partition("=")
    if not sign or not value:
        raise HostreadError(f"found {text!r}, expected NAME=VALUE, such as threshold_seconds=30")
    if value == "deployment":
        return name, None
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _text(value: object) -> str:
    return str(value).lower()


COMMANDS = {"counting": counting}
