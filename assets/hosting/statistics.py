"""Hosts' own statistics → raw.hosting_downloads: every active account, each with its connector, each answer landed as it comes.

A value that the host restates is a new row; asked again without a change, nothing is written.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg

from assets.hosting.connectors import buzzsprout
from assets.hosting.connectors.protocol import Account, Batch, Connector, ConnectorError, Get
from assets.lib.clock import local_date, now
from assets.lib.copy import copy_rows
from assets.lib.fetch_state import State, Success, load_states, record_failure, record_successes
from assets.lib.http import Fetched, FetchError, FetchPolicy, fetch
from assets.lib.ids import digest
from assets.lib.secrets_box import WrongSecretKeyError, decrypt
from assets.lib.warehouse import WarehouseUrl, connect

SOURCE = "hosting"
CONNECTORS: Mapping[str, Connector] = {buzzsprout.HOST: buzzsprout.pull}
# A host that asks for patience gets it within the run where it is short, else at the next run.
TRIES = 3
LONGEST_WAIT_S = 15.0
COLUMNS = (
    "tenant_id", "account_id", "show_id", "source", "source_account", "show_key", "episode_key", "episode_guid", "metric",
    "metric_standard", "grain", "period_start", "period_end", "tz", "dimension", "dimension_value", "value", "is_cumulative",
    "fetched_at", "content_sha256", "run_id",
)  # fmt: skip


@dataclass(frozen=True)
class HostingSummary:
    """Counts of accounts and of rows of one run, and (account, message) of those that failed."""

    accounts: int = 0
    waiting: int = 0
    landed: int = 0
    failed: int = 0
    transient: int = 0
    failures: tuple[tuple[str, str], ...] = ()


def pull_hosting(
    warehouse: WarehouseUrl, run_id: str, *, today: date | None = None, is_forced: bool = False, account_id: UUID | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> HostingSummary:  # fmt: skip
    """Pull every active account. One that fails is a failed row in ops.fetch_state and keeps what it landed; the others go on.

    `today` replaces each podcast's local date (a simulated present). Raises psycopg.OperationalError where the warehouse is away.
    """
    get = polite_get(FetchPolicy(allow_private=warehouse.allow_private_urls), wait)
    summary = HostingSummary()
    with connect(warehouse.url, "ingest", autocommit=True) as connection:
        states = load_states(connection, SOURCE)
        for row in _accounts(connection):
            if account_id not in (None, row["account_id"]):
                continue
            state = states.get((row["tenant_id"], str(row["account_id"])), State())
            if not (state.is_due or is_forced):
                summary = replace(summary, waiting=summary.waiting + 1)
                continue
            summary = _pull_one(
                connection, warehouse, row, state, get, run_id, today, replace(summary, accounts=summary.accounts + 1)
            )
    return summary


def polite_get(policy: FetchPolicy, wait: Callable[[float], None]) -> Get:
    """A GET that tries again after 429, 5xx and lost connections: twice, after what the host asks for or a growing pause."""

    def get(url: str, headers: Mapping[str, str], etag: str | None) -> Fetched:
        for tried in range(1, TRIES + 1):
            pause = 2.0**tried / 2
            try:
                answer = fetch(url, policy, headers=headers, etag=etag)
            except FetchError as error:
                if tried == TRIES or not error.is_transient:
                    raise
            else:
                if answer.status != 429 and answer.status < 500:
                    return answer
                pause = pause if answer.retry_after_s is None else answer.retry_after_s
                if tried == TRIES or pause > LONGEST_WAIT_S:
                    return answer
            wait(pause)
        raise AssertionError("unreachable: the last try returns or raises")

    return get


def _pull_one(
    connection: psycopg.Connection[Any], warehouse: WarehouseUrl, row: Mapping[str, Any], state: State, get: Get, run_id: str,
    today: date | None, summary: HostingSummary,
) -> HostingSummary:  # fmt: skip
    name = f"{row['host']} {row['external_show_id']}"
    key, at, landed = (row["tenant_id"], str(row["account_id"])), now(), 0
    cursor = dict(state.cursor)
    try:
        connector = CONNECTORS.get(row["host"])
        if connector is None:
            known = ", ".join(sorted(CONNECTORS))
            raise ConnectorError(
                f"found the host {row['host']!r}, expected one of {known}: correct the account", is_transient=False
            )
        account = _account(row, warehouse.secret_key)
        for batch in connector(account, get, cursor, today or local_date(at, account.timezone)):
            cursor |= batch.cursor
            # Rows and cursor in one transaction: an ETag never stands for rows that did not land.
            with connection.transaction():
                landed += land_batch(connection, account, batch, at, run_id)
                record_successes(connection, SOURCE, [Success(*key, row["base_url"], 200, at, cursor=cursor)])
        record_successes(connection, SOURCE, [Success(*key, row["base_url"], 200, at, cursor=cursor)])
        return replace(summary, landed=summary.landed + landed)
    except (ConnectorError, WrongSecretKeyError) as error:
        status, retry_after_s = getattr(error, "status", None), getattr(error, "retry_after_s", None)
        record_failure(
            connection, SOURCE, *key, row["base_url"], message=str(error), at=at, failures=state.consecutive_failures,
            status=status, retry_after_s=retry_after_s,
        )  # fmt: skip
        return replace(
            summary, landed=summary.landed + landed, failed=summary.failed + 1,
            transient=summary.transient + bool(getattr(error, "is_transient", False)),
            failures=(*summary.failures, (name, str(error))),
        )  # fmt: skip


def land_batch(connection: psycopg.Connection[Any], account: Account, batch: Batch, fetched_at: datetime, run_id: str) -> int:
    """Land the batch's values that differ from the newest ones; returns the rows written.

    Where the answer was complete for its day, an episode that it leaves out and that had downloads is restated to zero.
    """
    latest: dict[tuple[Any, ...], tuple[Any, ...]] = {
        tuple(row[:8]): tuple(row[8:])
        for row in connection.execute(
            "select distinct on (episode_key, metric, grain, period_start, dimension, dimension_value) "
            "episode_key, metric, grain, period_start, period_end, dimension, dimension_value, metric_standard, value, "
            "episode_guid, is_cumulative from raw.hosting_downloads "
            "where tenant_id = %s and source = %s and source_account = %s and show_key = %s and period_start = any(%s) "
            "order by episode_key, metric, grain, period_start, dimension, dimension_value, hosting_download_id desc",
            [
                account.tenant_id, account.host, str(account.account_id), account.external_show_id,
                sorted({row.period_start for row in batch.rows} | ({batch.complete_day} if batch.complete_day else set())),
            ],
        )
    }  # fmt: skip
    values: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in batch.rows:
        key = (
            row.episode_key, row.metric, row.grain, row.period_start, row.period_end, row.dimension, row.dimension_value,
            row.metric_standard,
        )  # fmt: skip
        values[key] = (row.value, row.episode_guid, row.is_cumulative)
    if batch.complete_day is not None:
        for key, (value, guid, is_cumulative) in latest.items():
            if key not in values and key[3] == batch.complete_day and key[2] == "day" and value:
                values[key] = (0, guid, is_cumulative)
    rows = [_row(account, key, value, fetched_at, run_id) for key, value in values.items() if latest.get(key) != value]
    return copy_rows(connection, "raw.hosting_downloads", COLUMNS, rows) if rows else 0


def _row(account: Account, key: tuple[Any, ...], content: tuple[Any, ...], fetched_at: datetime, run_id: str) -> tuple[Any, ...]:
    episode_key, metric, grain, period_start, period_end, dimension, dimension_value, standard = key
    value, guid, is_cumulative = content
    sha256 = digest([account.host, account.external_show_id, *map(str, key), str(value), guid, is_cumulative])
    return (
        account.tenant_id, account.account_id, account.show_id, account.host, str(account.account_id), account.external_show_id,
        episode_key, guid, metric, standard, grain, period_start, period_end, account.timezone, dimension, dimension_value, value,
        is_cumulative, fetched_at, sha256, run_id,
    )  # fmt: skip


def _account(row: Mapping[str, Any], secret_key: str) -> Account:
    sealed = bytes(row["credential_encrypted"])
    return Account(
        row["tenant_id"], row["account_id"], row["show_id"], row["host"], row["base_url"], row["external_show_id"], row["timezone"],
        decrypt(sealed, secret_key),
    )  # fmt: skip


def _accounts(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute(
            "select a.tenant_id, a.account_id, a.show_id, a.host, a.base_url, a.external_show_id, a.credential_encrypted, "
            "s.timezone from app.hosting_accounts as a "
            "inner join app.shows as s on s.tenant_id = a.tenant_id and s.show_id = a.show_id "
            "where a.is_active order by a.tenant_id, a.account_id"
        )
        return cursor.fetchall()
