"""A CSV of exchange rates → app.currency_rates: what one unit of a currency is worth in another on a day. A restated rate replaces
the one before, which stays in app.currency_rates_restated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg

from assets.campaigns.parse import Parsed, UnknownHeaderError, header_message, parsed_rows, read_rows
from assets.lib.clock import now
from assets.lib.copy import copy_rows
from assets.lib.money import exponent

REQUIRED = ("date", "from_currency", "to_currency", "rate")
KNOWN = (*REQUIRED, "source")
COLUMNS = ("tenant_id", "from_currency", "to_currency", "rate_date", "rate", "source", "run_id")
_RATE = re.compile(r"\d{1,12}(\.\d{1,15})?")
LONGEST_SOURCE = 200


@dataclass(frozen=True)
class Rate:
    """One unit of `from_currency` is worth `rate` units of `to_currency` on the day."""

    from_currency: str
    to_currency: str
    rate_date: date
    rate: Decimal
    source: str = ""


def parse_rates(text: str) -> list[Parsed[Rate]]:
    """Rows of date, from_currency, to_currency, rate and perhaps source, in any order. Raises UnknownHeaderError."""
    header, rows = read_rows(text)
    if not set(REQUIRED) <= set(header) <= set(KNOWN) or len(header) != len(set(header)):
        raise UnknownHeaderError(header_message(header, REQUIRED, "in any order, and optionally source"))
    return list(parsed_rows(header, rows, _rate))


def land_rates(connection: psycopg.Connection[Any], tenant_id: int, rates: Sequence[Rate], run_id: str) -> int:
    """In the caller's transaction; returns how many are new or say something else than before. The last row of a pair and day in a
    file is what the file says."""
    wanted = {(rate.from_currency, rate.to_currency, rate.rate_date): rate for rate in rates}
    if not wanted:
        return 0
    connection.execute(
        "create temporary table loaded_rates on commit drop as "
        "select tenant_id, from_currency, to_currency, rate_date, rate, source, run_id from app.currency_rates limit 0"
    )
    copy_rows(
        connection, "loaded_rates", COLUMNS,
        [
            (tenant_id, one.from_currency, one.to_currency, one.rate_date, one.rate, one.source, run_id)
            for one in wanted.values()
        ],
    )  # fmt: skip
    landed = connection.execute(MERGE, {"run_id": run_id}).rowcount
    connection.execute("drop table loaded_rates")
    return landed


def _rate(row: dict[str, str]) -> Rate:
    source, target = row["from_currency"].strip(), row["to_currency"].strip()
    for currency in (source, target):
        exponent(currency)
    if source == target:
        raise ValueError(f"found a rate from {source} to itself, expected two currencies")
    text = row["rate"].strip()
    if not _RATE.fullmatch(text) or not Decimal(text):
        raise ValueError(
            f"found the rate {row['rate'][:50]!r}, expected a decimal number above 0 with a point and no separators, such as 1.0842"
        )
    try:
        day = date.fromisoformat(row["date"].strip())
    except ValueError as error:
        raise ValueError(f"found the date {row['date'][:50]!r}, expected YYYY-MM-DD") from error
    if day > now().date():
        raise ValueError(f"found a rate of {day}, which is to come, expected one of today or before")
    note = row.get("source", "").strip()
    if len(note) > LONGEST_SOURCE:
        raise ValueError(f"found a source of {len(note)} characters, expected at most {LONGEST_SOURCE}")
    return Rate(source, target, day, Decimal(text), note)


MERGE = """
with

changed as (
    select l.* from loaded_rates as l
    left join app.currency_rates as r using (tenant_id, from_currency, to_currency, rate_date)
    where r.rate is distinct from l.rate or r.source is distinct from l.source
),

restated as (
    insert into app.currency_rates_restated
    (tenant_id, from_currency, to_currency, rate_date, rate, source, loaded_at, replaced_by_run_id)
    select r.tenant_id, r.from_currency, r.to_currency, r.rate_date, r.rate, r.source, r.loaded_at, %(run_id)s
    from app.currency_rates as r
    inner join changed using (tenant_id, from_currency, to_currency, rate_date)
)

insert into app.currency_rates (tenant_id, from_currency, to_currency, rate_date, rate, source, run_id)
select tenant_id, from_currency, to_currency, rate_date, rate, source, run_id from changed
on conflict (tenant_id, from_currency, to_currency, rate_date)
do update set rate = excluded.rate, source = excluded.source, run_id = excluded.run_id, loaded_at = now()
"""
