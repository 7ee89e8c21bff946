"""Attribution in one set-based pass against one query and one insert per conversion, on the same data and server.

Both find each conversion's eligible touches and store its credits under the five models. The serial way asks over a loopback
connection inside one transaction, which spares it a commit per conversion; its queries use an index.
"""

import random
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from orchestration.dbt_command import compile_sql
from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate

CONVERSIONS = 20_000
HOUSEHOLDS = 10_000
TOUCHES = 100_000
BILLION = 1_000_000_000
HALF_LIFE_S = 604_800
NOW = datetime(2026, 6, 30, tzinfo=UTC)
TENANT, SPONSOR = 1, uuid.UUID(int=1)

TABLES = """
create table bench_settings as select 1 as tenant_id, 2592000::bigint as exposure_window_s, 2592000::bigint as click_window_s,
    2592000::bigint as vanity_window_s, null::jsonb as windows_by_kind,
    604800::bigint as half_life_s, 400000000::bigint as position_first_ppb, 200000000::bigint as position_middle_ppb,
    false as reset_path_on_conversion;
create table bench_touches (tenant_id integer, touch_id uuid, sponsor_id uuid, campaign_id uuid, placement_id uuid, show_id uuid,
    episode_guid text, touch_kind text, source_rank integer, touch_at timestamptz, household_hash bytea, key_epoch integer,
    ip_class text, person_id uuid, own_conversion_id uuid, goal_kind text);
create table bench_conversions (tenant_id integer, conversion_id uuid, sponsor_id uuid, conversion_kind text,
    converted_at timestamptz, value_minor bigint, household_hash bytea, key_epoch integer, ip_class text, household_hashes bytea[],
    household_epochs integer[], person_id uuid, previous_converted_at timestamptz);
create table bench_credits (tenant_id integer, conversion_id uuid, touch_id uuid, path_position integer, path_length integer,
    first_touch_ppb bigint, last_touch_ppb bigint, linear_ppb bigint, time_decay_ppb bigint, position_based_ppb bigint,
    first_touch_minor bigint, last_touch_minor bigint, linear_minor bigint, time_decay_minor bigint, position_based_minor bigint);
create table bench_credits_serial (like bench_credits);
"""
SET_BASED = """
with paths as ({{ eligible_touches('bench_conversions', 'bench_touches', 'bench_settings') }})
select * from ({{ path_credits('paths', 'bench_conversions', 'bench_settings') }}) as credits
"""
PATH_OF_ONE = """
select touch_id, touch_at from bench_touches
where tenant_id = %s and sponsor_id = %s and household_hash = %s and key_epoch = 1
    and touch_at <= %s and touch_at >= %s - interval '2592000 seconds'
order by touch_at, source_rank, touch_id
"""


def run() -> Iterable[dict[str, Any]]:
    """One figure: seconds of the set-based pass, and how many times longer the serial way takes."""
    with _server() as (url, target), psycopg.connect(url) as connection:
        _fill(connection)
        statement = compile_sql(url, SET_BASED, target)
        began = time.perf_counter()
        connection.execute("insert into bench_credits " + statement)
        connection.commit()
        set_based = time.perf_counter() - began
        began = time.perf_counter()
        _serial(connection)
        connection.commit()
        serial = time.perf_counter() - began
        _same_credits(connection)
    yield {
        "name": "attribution.set_vs_serial", "value": round(set_based, 3), "unit": "s",
        "against": f"{serial:.3f} s: one query and one insert per conversion ({CONVERSIONS:,} conversions, {TOUCHES:,} touches)",
        "ratio": round(serial / set_based, 2),
    }  # fmt: skip


@contextmanager
def _server() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            url = ensure_server(home, "bench")
            migrate(url)
            yield url, home / "dbt"
        finally:
            remove_server(home)


def _fill(connection: psycopg.Connection[Any]) -> None:
    """Conversions and touches of random households over 60 days; about half of the touches lie in somebody's window."""
    chance = random.Random(7)  # noqa: S311
    connection.execute(TABLES)

    def household() -> bytes:
        return chance.randrange(HOUSEHOLDS).to_bytes(8, "big")

    def moment(days: int) -> datetime:
        return NOW - timedelta(seconds=chance.randrange(days * 86_400))

    def some_id() -> uuid.UUID:
        return uuid.UUID(int=chance.getrandbits(128))

    with connection.cursor().copy("copy bench_touches from stdin") as copy:
        for _ in range(TOUCHES):
            advertised = (some_id(), some_id(), some_id(), "episode", "exposure", 10, moment(60))
            copy.write_row((TENANT, some_id(), SPONSOR, *advertised, household(), 1, "household", None, None, "purchase"))
    with connection.cursor().copy("copy bench_conversions from stdin") as copy:
        for _ in range(CONVERSIONS):
            keys = (moment(30), chance.randint(100, 50_000), household(), 1, "household", None, None, None, None)
            copy.write_row((TENANT, some_id(), SPONSOR, "purchase", *keys))
    connection.execute("create index on bench_touches (tenant_id, sponsor_id, household_hash, touch_at)")
    connection.commit()
    connection.execute("analyze")
    connection.commit()


def _serial(connection: psycopg.Connection[Any]) -> None:
    columns = "%s, " * 14 + "%s"
    conversions = connection.execute(
        "select tenant_id, conversion_id, sponsor_id, household_hash, converted_at, value_minor from bench_conversions"
    ).fetchall()
    for tenant, conversion, sponsor, household, converted_at, value in conversions:
        touches = connection.execute(PATH_OF_ONE, [tenant, sponsor, household, converted_at, converted_at]).fetchall()
        if not touches:
            continue
        rows = _credits([(converted_at - touch_at).total_seconds() for _, touch_at in touches], value)
        values = [(tenant, conversion, touch[0], *row) for touch, row in zip(touches, rows, strict=True)]
        connection.execute(
            f"insert into bench_credits_serial values {', '.join([f'({columns})'] * len(values))}",
            [item for row in values for item in row],
        )


def _credits(ages: list[float], value: int) -> list[tuple[int, ...]]:
    """One row a touch: position, length, five weights, five amounts."""
    n, youngest = len(ages), min(ages)
    decays = [2.0 ** max(-(age - youngest) / HALF_LIFE_S, -1000) for age in ages]
    edges = [1.0] if n == 1 else [0.5, 0.5] if n == 2 else [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]
    models = [[1.0, *[0.0] * (n - 1)], [*[0.0] * (n - 1), 1.0], [1 / n] * n, decays, edges]
    split = [_split(BILLION, weights) for weights in models] + [_split(value, weights) for weights in models]
    return [(place + 1, n, *(column[place] for column in split)) for place in range(n)]


def _split(amount: int, weights: list[float]) -> list[int]:
    total, running, before, parts = sum(weights), 0.0, 0, []
    for weight in weights:
        running += weight
        after = int(amount * running / total + 0.5)
        parts.append(after - before)
        before = after
    return parts


def _same_credits(connection: psycopg.Connection[Any]) -> None:
    """Both ways credited the same touches, to a unit of floating point."""
    row = connection.execute(
        "select count(*), count(*) filter (where s.touch_id is null or c.touch_id is null "
        "or abs(c.linear_minor - s.linear_minor) > 1 or abs(c.time_decay_minor - s.time_decay_minor) > 1) "
        "from bench_credits as c full outer join bench_credits_serial as s using (tenant_id, conversion_id, touch_id)"
    ).fetchone()
    assert row is not None
    assert row[0] > 0
    assert row[1] == 0, f"found {row[1]} of {row[0]} credits that differ between the two ways, expected none"
