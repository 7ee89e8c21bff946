"""Thousands of random amounts through the one macro that turns money, against a plain restatement of its rule in fractions."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from orchestration.dbt_command import compile_sql

AMOUNTS = 3000
DAY = date(2026, 6, 15)
# What is more does not fit into a bigint, and counts as not converted.
LARGEST = 9 * 10**18
EXPONENTS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3}
TABLES = """
create temporary table amounts (
    tenant_id integer, conversion_id uuid, from_currency text, to_currency text, value_minor bigint, before_minor bigint,
    rate_day date, max_age_days integer
);
create temporary table rates (tenant_id integer, from_currency text, to_currency text, rate_date date, rate numeric);
create temporary table currencies (currency text, minor_exponent integer);
"""
TURNED = "select * from ({{ converted_values('amounts', 'rates', 'currencies') }}) as c order by conversion_id"
Rates = dict[tuple[int, str, str, date], Fraction]
Found = tuple[Fraction, date, str | None]


def newest(rates: Rates, tenant: int, pair: tuple[str, str], day: date, age: int) -> Found | None:
    """The rate of the pair given either way: the newest day, of one day the one that was given."""
    for back in range(age + 1):
        on = day - timedelta(days=back)
        if (given := rates.get((tenant, *pair, on))) is not None:
            return given, on, None
        if (turned := rates.get((tenant, *pair[::-1], on))) is not None:
            return 1 / turned, on, None
    return None


def chosen(rates: Rates, tenant: int, pair: tuple[str, str], day: date, age: int) -> Found | None:
    if (direct := newest(rates, tenant, pair, day, age)) is not None:
        return direct
    crossed = []
    for hub in sorted(EXPONENTS.keys() - set(pair)):
        halves = newest(rates, tenant, (pair[0], hub), day, age), newest(rates, tenant, (hub, pair[1]), day, age)
        if halves[0] is not None and halves[1] is not None:
            crossed.append((halves[0][0] * halves[1][0], min(halves[0][1], halves[1][1]), hub))
    return max(crossed, key=lambda one: one[1], default=None)


def rounded(value: Fraction) -> int:
    """Half away from zero."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def world(seed: int) -> tuple[Rates, list[tuple[Any, ...]]]:
    """Sparse rates of three tenants over forty days, and amounts on those days: whatever a table with holes can do."""
    rng = random.Random(seed)  # noqa: S311  # a test's dice
    currencies = list(EXPONENTS)
    rates: Rates = {}
    for _ in range(400):
        pair = rng.sample(currencies, 2)
        day = DAY - timedelta(days=rng.randrange(40))
        rates[rng.randrange(1, 4), pair[0], pair[1], day] = Fraction(rng.randrange(1, 10**6), 10 ** rng.randrange(0, 6))
    amounts: list[tuple[Any, ...]] = []
    for number in range(AMOUNTS):
        value = rng.choice([0, 1, -1, rng.randrange(-(10**6), 10**6), rng.randrange(-(10**12), 10**12)])
        # As of a refund: something of the same sign was counted before.
        before = rng.choice([0, 0, rng.randrange(10**5)]) * (-1 if value < 0 else 1)
        # In some tenants nothing but the day itself will do.
        tenant = rng.randrange(1, 4)
        day = DAY - timedelta(days=rng.randrange(-3, 40))
        pair = rng.sample(currencies, 2)
        amounts.append((tenant, f"{number:032x}", *pair, value, before, day, {1: 31, 2: 3, 3: 0}[tenant]))
    return rates, amounts


def test_every_amount_is_turned_as_the_rule_says(database_url: str, dbt_targets: Callable[[str], Path]) -> None:
    """Would catch: a later rate, an older one before a newer, two hubs, a tenant's rates taken for another's, a lost cent."""
    rates, amounts = world(20260615)
    sql = compile_sql(database_url, TURNED, dbt_targets(database_url))
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        connection.execute(TABLES)
        cursor = connection.cursor()
        cursor.executemany("insert into currencies values (%s, %s)", list(EXPONENTS.items()))
        cursor.executemany(
            "insert into rates values (%s, %s, %s, %s, %s::numeric / %s)",
            [(*key, rate.numerator, rate.denominator) for key, rate in rates.items()],
        )
        cursor.executemany("insert into amounts values (%s, %s, %s, %s, %s, %s, %s, %s)", amounts)
        turned = connection.execute(sql).fetchall()
    assert len(turned) == AMOUNTS
    seen = {"direct": 0, "over": 0, "none": 0}
    for row, (tenant, _, source, target, value, before, day, age) in zip(turned, amounts, strict=True):
        expected = chosen(rates, tenant, (source, target), day, age)
        scale = expected[0] * Fraction(10) ** (EXPONENTS[target] - EXPONENTS[source]) if expected else Fraction(0)
        if expected is None or abs(before + value) * scale >= LARGEST:
            seen["none"] += expected is None
            assert (row["value_minor"], row["exchange_rate"], row["rate_date"]) == (None, None, None)
            continue
        _, on, hub = expected
        assert row["value_minor"] == rounded((before + value) * scale) - rounded(before * scale), row
        assert (row["rate_date"], row["via_currency"]) == (on, hub)
        seen["over" if hub else "direct"] += 1
    # A world in which one of the ways never happens would prove nothing of it.
    assert min(seen.values()) > AMOUNTS / 50, seen
