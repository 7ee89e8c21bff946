"""Canonical rows → raw.hosting_downloads: a value that the host restates is a new row; one that it repeats is none."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from assets.hosting.connectors.protocol import Account, Batch, Scope
from assets.lib.copy import copy_rows
from assets.lib.ids import digest
from assets.lib.quarantine import Rejected, quarantine

SOURCE = "hosting"
COLUMNS = (
    "tenant_id", "account_id", "show_id", "source", "source_account", "show_key", "episode_key", "episode_guid", "metric",
    "metric_standard", "grain", "period_start", "period_end", "tz", "dimension", "dimension_value", "value", "is_cumulative",
    "media_key", "fetched_at", "content_sha256", "run_id",
)  # fmt: skip
# episode_key, metric, grain, period_start, dimension, dimension_value: what the host says anew of the same replaces the old.
Key = tuple[str, str, str, date, str, str]
Content = tuple[Any, ...]


def land_batch(connection: psycopg.Connection[Any], account: Account, batch: Batch, fetched_at: datetime, run_id: str) -> int:
    """Land the batch's values that differ from the newest ones, in the caller's transaction; returns the rows written.

    A daily value that is known and that an answer leaves out, though complete for it (`batch.complete`), is restated to zero.
    """
    values: dict[Key, Content] = {
        (row.episode_key, row.metric, row.grain, row.period_start, row.dimension, row.dimension_value): (
            row.period_end, row.metric_standard, row.value, row.episode_guid, row.is_cumulative, row.media_key,
        )
        for row in batch.rows
    }  # fmt: skip
    latest = _latest(connection, account, batch)
    for key, content in latest.items():
        if key not in values and content[2] and any(_covers(scope, key) for scope in batch.complete):
            values[key] = (*content[:2], 0, *content[3:])
    rows = [_row(account, key, content, fetched_at, run_id) for key, content in values.items() if latest.get(key) != content]
    if batch.rejected:
        _reject(connection, account, batch.rejected, run_id)
    return copy_rows(connection, "raw.hosting_downloads", COLUMNS, rows) if rows else 0


def _covers(scope: Scope, key: Key) -> bool:
    episode_key, metric, grain, start, dimension, _ = key
    return (
        grain == "day" and start in scope.days and metric in scope.metrics and dimension in scope.dimensions
        and scope.episode_key in (None, episode_key)
    )  # fmt: skip


def _latest(connection: psycopg.Connection[Any], account: Account, batch: Batch) -> dict[Key, Content]:
    """The newest content of each key that the batch may change."""
    days = {row.period_start for row in batch.rows}.union(*(scope.days for scope in batch.complete))
    if not days:
        return {}
    named = {scope.episode_key for scope in batch.complete} | {row.episode_key for row in batch.rows}
    # An answer about all episodes asks for all that is known of its days; one about a few asks for theirs.
    keys = None if None in named else sorted(key for key in named if key is not None)
    query = sql.SQL(
        "select distinct on (episode_key, metric, grain, period_start, dimension, dimension_value) "
        "episode_key, metric, grain, period_start, dimension, dimension_value, period_end, metric_standard, value, episode_guid, "
        "is_cumulative, media_key from raw.hosting_downloads "
        "where tenant_id = %(tenant)s and source = %(source)s and source_account = %(account)s and show_key = %(show)s "
        "and period_start = any(%(days)s) {} "
        "order by episode_key, metric, grain, period_start, dimension, dimension_value, hosting_download_id desc"
    ).format(sql.SQL("" if keys is None else "and episode_key = any(%(keys)s)"))
    parameters = {
        "tenant": account.tenant_id, "source": account.host, "account": str(account.account_id), "show": account.external_show_id,
        "days": sorted(days), "keys": keys,
    }  # fmt: skip
    with connection.cursor(row_factory=tuple_row) as cursor:
        return {tuple(row[:6]): tuple(row[6:]) for row in cursor.execute(query, parameters)}


def _row(account: Account, key: Key, content: Content, fetched_at: datetime, run_id: str) -> tuple[Any, ...]:
    episode_key, metric, grain, start, dimension, dimension_value = key
    end, standard, value, guid, is_cumulative, file = content
    sha256 = digest([account.host, account.external_show_id, *map(str, key), str(end), standard, str(value), guid, is_cumulative])
    return (
        account.tenant_id, account.account_id, account.show_id, account.host, str(account.account_id), account.external_show_id,
        episode_key, guid, metric, standard, grain, start, end, account.timezone, dimension, dimension_value, value, is_cumulative,
        file, fetched_at, sha256, run_id,
    )  # fmt: skip


def _reject(connection: psycopg.Connection[Any], account: Account, rejected: Sequence[Rejected], run_id: str) -> None:
    """Each rejected row once, however often its file is read again."""
    where = {"account": str(account.account_id), "host": account.host}
    known = {
        bytes(row[0])
        for row in connection.cursor(row_factory=tuple_row).execute(
            "select original from raw.quarantine where tenant_id = %s and source = %s and context ->> 'account' = %s",
            [account.tenant_id, SOURCE, where["account"]],
        )
    }
    new = [
        Rejected(item.reason_code, item.reason, item.original, {**item.context, **where})
        for item in rejected
        if item.original not in known
    ]
    quarantine(connection, SOURCE, run_id, new, account.tenant_id)
