"""Thousands of random paths through the one set-based pass, against a plain restatement of section 5 in fractions."""

import math
import random
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from orchestration.dbt_command import compile_sql

BILLION = 1_000_000_000
PATHS = 3000
NOW = datetime(2026, 6, 15, tzinfo=UTC)
# (first, middle, last) in parts per billion, and a half-life in seconds: the default, extremes, and one whose clamp is needed.
SETTINGS = {
    1: (400_000_000, 200_000_000, 400_000_000, 604_800),
    2: (0, BILLION, 0, 1),
    3: (333_333_333, 333_333_334, 333_333_333, 86_400),
    4: (BILLION, 0, 0, 3_153_600_000),
}


TABLES = """
create temporary table v (tenant_id integer, conversion_id uuid, value_minor bigint);
create temporary table p (tenant_id integer, conversion_id uuid, touch_id uuid, touch_at timestamptz, source_rank integer);
create temporary table s (tenant_id integer, position_first_ppb bigint, position_middle_ppb bigint, half_life_s bigint);
"""
PASS = """
with aged as (select *, extract(epoch from timestamptz '2026-06-15 00:00+00' - touch_at)::double precision as age_s from p)
select c.*, a.age_s
from ({{ path_credits('p', 'v', 's') }}) as c inner join aged as a using (touch_id)
order by c.conversion_id, c.path_position
"""


def half_up(share: Fraction) -> int:
    return math.floor(share + Fraction(1, 2))


def split(amount: int, running: Iterable[Fraction]) -> list[int]:
    """Cumulative rounding of an amount by running shares, on the absolute value."""
    totals = [0, *(half_up(abs(amount) * share) for share in running)]
    return [(after - before) * (-1 if amount < 0 else 1) for before, after in pairwise(totals)]


def running_shares(n: int, tenant: int) -> dict[str, list[Fraction]]:
    first, middle, last = (Fraction(part, BILLION) for part in SETTINGS[tenant][:3])
    if n == 1:
        weights = [Fraction(1)]
    elif n == 2:
        weights = [first + middle / 2, last + middle / 2]
    else:
        weights = [first, *[middle / (n - 2)] * (n - 2), last]
    linear = [Fraction(i, n) for i in range(1, n + 1)]
    return {
        "first_touch": [Fraction(1)] * n,
        "last_touch": [Fraction(0)] * (n - 1) + [Fraction(1)],
        "linear": linear,
        "position_based": [sum(weights[:i], Fraction(0)) for i in range(1, n + 1)],
    }


def decay_shares(ages: list[float], half_life: int) -> list[float]:
    weights = [2.0 ** max(-(age - min(ages)) / half_life, -1000) for age in ages]
    return [math.fsum(weights[: i + 1]) / math.fsum(weights) for i in range(len(ages))]


@pytest.fixture(scope="module")
def credited(module_url: str, dbt_targets: Callable[[str], Path]) -> list[tuple[int, int, list[float], list[dict[str, int]]]]:
    """Of each path: tenant, value, ages in path order, and the rows that the macro gave."""
    chance = random.Random(20260615)  # noqa: S311
    paths, touches = [], []
    for _ in range(PATHS):
        conversion, tenant = uuid.UUID(int=chance.getrandbits(128)), chance.choice(list(SETTINGS))
        value = chance.choice([0, 1, -1, 7, chance.randint(-500, 500), chance.randint(1, 10**6), chance.randint(10**12, 10**15)])
        paths.append((tenant, conversion, value))
        n = chance.choice([1, 1, 2, 2, 3, 4, 5, chance.randint(6, 30), 200 if chance.random() < 0.02 else 1])
        for _ in range(n):
            # Whole hours, so that touches of one instant are common.
            touch_at = NOW - timedelta(hours=chance.choice([0, 1, 24, 720, chance.randint(0, 720)]))
            touches.append((tenant, conversion, uuid.UUID(int=chance.getrandbits(128)), touch_at, chance.choice([10, 20, 30, 40])))
    with psycopg.connect(module_url, row_factory=dict_row) as connection:
        connection.execute(TABLES)
        for table, rows in (("v", paths), ("p", touches), ("s", [(k, a, m, h) for k, (a, m, _, h) in SETTINGS.items()])):
            with connection.cursor().copy(f"copy {table} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        macro = compile_sql(module_url, PASS, dbt_targets(module_url))
        rows_of: dict[uuid.UUID, list[dict[str, int]]] = {}
        for row in connection.execute(macro):  # type: ignore[arg-type]
            rows_of.setdefault(row["conversion_id"], []).append(row)
    return [(tenant, value, [row["age_s"] for row in rows_of[key]], rows_of[key]) for tenant, key, value in paths]


def test_every_path_is_in_order_and_whole(credited: list) -> None:  # type: ignore[type-arg]
    for _, _, ages, rows in credited:
        assert ages == sorted(ages, reverse=True)
        assert [row["path_position"] for row in rows] == list(range(1, len(rows) + 1))
        assert {row["path_length"] for row in rows} == {len(rows)}


def test_sums_are_exact_under_every_model(credited: list) -> None:  # type: ignore[type-arg]
    for _, value, _, rows in credited:
        for model in ("first_touch", "last_touch", "linear", "time_decay", "position_based"):
            assert sum(row[f"{model}_ppb"] for row in rows) == BILLION
            assert sum(row[f"{model}_minor"] for row in rows) == value
            assert all(row[f"{model}_ppb"] >= 0 and row[f"{model}_minor"] * value >= 0 for row in rows)


def test_rational_models_equal_the_restatement_to_the_last_part(credited: list) -> None:  # type: ignore[type-arg]
    for tenant, value, _, rows in credited:
        for model, shares in running_shares(len(rows), tenant).items():
            assert [row[f"{model}_ppb"] for row in rows] == split(BILLION, shares), (model, len(rows), tenant)
            assert [row[f"{model}_minor"] for row in rows] == split(value, shares), (model, len(rows), tenant, value)


def test_time_decay_equals_the_restatement_to_floating_point(credited: list) -> None:  # type: ignore[type-arg]
    for tenant, value, ages, rows in credited:
        shares = [Fraction(share) for share in decay_shares(ages, SETTINGS[tenant][3])]
        for found, expected in zip((row["time_decay_ppb"] for row in rows), split(BILLION, shares), strict=True):
            assert abs(found - expected) <= 1
        slack = 1 + abs(value) * 4 // 10**15
        for found, expected in zip((row["time_decay_minor"] for row in rows), split(value, shares), strict=True):
            assert abs(found - expected) <= slack
