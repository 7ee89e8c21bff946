"""The counting rules that are settings: the deployment's, the account's own, and every change of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import psycopg

from api.marts.models.counting_settings import SETTINGS, CountingChange, CountingSetting, CountingSettings, SettingValues

NAMES = tuple(setting.name for setting in SETTINGS)
CHANGES = f"""
select
    change_number, from_day, changed_at, changed_by, reason, {", ".join(NAMES)},
    from_day <= (now() at time zone 'UTC')::date as holds_by_now,
    exists (select 1 from marts.builds as b where b.to_xact > c.xact) as is_built
from app.counting_settings as c
order by change_number desc
limit 200
"""  # noqa: S608
STATED = "select statement from ops.method_statements order by last_stated_at desc limit 1"
# Our own counts of some days, as published; what a change of the rules may alter.
COUNTED = """
select source || '/' || counting_window as name, sum(downloads)::bigint as downloads
from marts.episode_downloads_daily
where day between %s and %s and source in ('logs', 'prefix')
group by 1
order by 1
"""
Connection = psycopg.Connection[dict[str, Any]]
Values = dict[str, int | bool | None]


def counting_settings(c: Connection) -> CountingSettings:
    """What rules today, and the last 200 changes; of the tenant that the connection names."""
    rows = c.execute(CHANGES).fetchall()
    own = _values(next((row for row in rows if row["holds_by_now"]), None))
    deployment = deployment_values(c)
    return CountingSettings(
        settings=[
            CountingSetting(
                name=setting.name, text=setting.text, deployment=deployment[setting.name], op3=setting.op3,
                value=deployment[setting.name] if (chosen := own[setting.name]) is None else chosen, is_own=chosen is not None,
            )
            for setting in SETTINGS
        ],
        changes=[
            CountingChange(
                **{name: row[name] for name in ("change_number", "from_day", "changed_at", "changed_by", "reason", "is_built")},
                values=SettingValues.model_validate(_values(row)),
            )
            for row in rows
        ],
    )  # fmt: skip


def own_values(c: Connection) -> Values:
    """What the tenant has chosen and rules today; None for what it left to the deployment."""
    return _values(next((row for row in c.execute(CHANGES).fetchall() if row["holds_by_now"]), None))


def newest_values(c: Connection) -> Values:
    """What the last change chose, be it in force already or not: what the next change starts from."""
    return _values(c.execute(CHANGES).fetchone())


def deployment_values(c: Connection) -> dict[str, int | bool]:
    """The deployment's own, as the last build stated them; the standard's before the first build."""
    row = c.execute(STATED).fetchone()
    sections = row["statement"]["sections"] if row else []
    stated = {name: value for section in sections for rule in section["rules"] for name, value in rule["settings"].items()}
    return {setting.name: stated.get(setting.name, setting.standard) for setting in SETTINGS}


def counted_between(c: Connection, from_day: date, to_day: date) -> dict[str, int]:
    """{source/window: downloads} of the days, as published; nothing before the first build."""
    exists = c.execute("select to_regclass('marts.episode_downloads_daily') is not null as is_there").fetchone()
    if exists is None or not exists["is_there"]:
        return {}
    return {row["name"]: row["downloads"] for row in c.execute(COUNTED, [from_day, to_day]).fetchall()}


def _values(row: Mapping[str, Any] | None) -> Values:
    return {name: row[name] if row else None for name in NAMES}
