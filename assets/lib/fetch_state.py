"""ops.fetch_state: one row per tenant and source that is fetched; what came of the last try, and when the next one may be."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

BACK_OFF_S = 60
LONGEST_BACK_OFF_S = 6 * 3600
LONGEST_RETRY_AFTER_S = 86_400
NEVER_AGAIN = "infinity"


@dataclass(frozen=True)
class State:
    """What is known of a source; the defaults are those of one that was never asked."""

    url: str = ""
    etag: str | None = None
    last_modified: str | None = None
    content_sha256: bytes | None = None
    consecutive_failures: int = 0
    is_due: bool = True
    last_error: str | None = None
    cursor: Mapping[str, Any] = field(default_factory=dict)


def load_states(connection: psycopg.Connection[Any], source: str) -> dict[tuple[int, str], State]:
    """All states of a source, by (tenant, source key)."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select tenant_id, source_key, url, etag, last_modified, content_sha256, consecutive_failures, last_error, cursor, "
            "next_attempt_at <= now() as is_due from ops.fetch_state where source = %s",
            [source],
        )
        return {(row.pop("tenant_id"), row.pop("source_key")): State(**row) for row in cursor}


@dataclass(frozen=True)
class Success:
    """A try that ended well. `status` 304: nothing new, and what is known stays."""

    tenant_id: int
    source_key: str
    url: str
    status: int
    at: datetime
    etag: str | None = None
    last_modified: str | None = None
    content_sha256: bytes | None = None
    cursor: Mapping[str, Any] = field(default_factory=dict)


def record_successes(connection: psycopg.Connection[Any], source: str, successes: Iterable[Success]) -> None:
    """One statement for all, in the caller's transaction: a thousand unchanged feeds are one round trip and one plan."""
    # A key that stands there twice would be refused by the statement: the last one holds.
    rows = {(s.tenant_id, s.source_key): s for s in successes}.values()
    connection.execute(
        "insert into ops.fetch_state as s (tenant_id, source, source_key, url, etag, last_modified, content_sha256, "
        "last_status, last_attempt_at, last_success_at, cursor) "
        "select tenant_id, %s, source_key, url, etag, last_modified, content_sha256, status, at, at, cursor::jsonb "
        "from unnest(%s::integer[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::integer[], %s::timestamptz[], "
        "%s::text[]) as u (tenant_id, source_key, url, etag, last_modified, content_sha256, status, at, cursor) "
        "on conflict (tenant_id, source, source_key) do update set url = excluded.url, etag = excluded.etag, "
        "last_modified = excluded.last_modified, content_sha256 = coalesce(excluded.content_sha256, s.content_sha256), "
        "last_status = excluded.last_status, last_attempt_at = excluded.last_attempt_at, "
        "last_success_at = excluded.last_success_at, "
        "last_error = null, consecutive_failures = 0, next_attempt_at = '-infinity', cursor = excluded.cursor",
        [
            source,
            [s.tenant_id for s in rows],
            [s.source_key for s in rows],
            [s.url for s in rows],
            [s.etag for s in rows],
            [s.last_modified for s in rows],
            [s.content_sha256 for s in rows],
            [s.status for s in rows],
            [s.at for s in rows],
            [json.dumps(dict(s.cursor)) for s in rows],
        ],
    )


def record_failure(
    connection: psycopg.Connection[Any], source: str, tenant_id: int, source_key: str, url: str, *,
    message: str, at: datetime, failures: int, status: int | None = None, retry_after_s: float | None = None,
    is_final: bool = False, cursor: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """A try that failed: the message for people, and the next try after a growing pause (a minute, doubled, six hours at most),
    after what the server asked for, or never (`is_final`: the server said that it is gone). What is known of another URL than
    `url` is forgotten; `cursor`, where given, replaces the one that is there."""
    connection.execute(
        "insert into ops.fetch_state as s (tenant_id, source, source_key, url, last_status, last_attempt_at, last_error, "
        "consecutive_failures, next_attempt_at, cursor) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, coalesce(%s, '{}'::jsonb)) "
        "on conflict (tenant_id, source, source_key) do update set url = excluded.url, "
        "etag = case when s.url = excluded.url then s.etag end, "
        "last_modified = case when s.url = excluded.url then s.last_modified end, "
        "content_sha256 = case when s.url = excluded.url then s.content_sha256 end, last_status = excluded.last_status, "
        "last_attempt_at = excluded.last_attempt_at, last_error = excluded.last_error, "
        "consecutive_failures = excluded.consecutive_failures, next_attempt_at = excluded.next_attempt_at, "
        "cursor = case when %s then excluded.cursor else s.cursor end",
        [
            tenant_id, source, source_key, url, status, at, message[:2000].replace("\x00", ""), failures + 1,
            NEVER_AGAIN if is_final else at + timedelta(seconds=pause_s(failures, retry_after_s)),
            None if cursor is None else Jsonb(dict(cursor)), cursor is not None,
        ],
    )  # fmt: skip


def pause_s(failures: int, retry_after_s: float | None = None) -> float:
    """Seconds to the next try after `failures` earlier ones. Up to a fifth more or less, so that what failed together is not asked
    again together; never less than the server asked for, up to a day."""
    pause: float = min(BACK_OFF_S * 2 ** min(failures, 16), LONGEST_BACK_OFF_S) * random.uniform(0.8, 1.2)  # noqa: S311
    return max(pause, min(retry_after_s or 0, LONGEST_RETRY_AFTER_S) * random.uniform(1.0, 1.1))  # noqa: S311


def postpone(connection: psycopg.Connection[Any], source: str, keys: Sequence[tuple[int, str]], at: datetime, pause: float) -> None:
    """Sources that were not asked because their host wants a pause: no failure of theirs, and not due before it is over."""
    connection.execute(
        "update ops.fetch_state as s set next_attempt_at = greatest(s.next_attempt_at, %s) "
        "from unnest(%s::integer[], %s::text[]) as u (tenant_id, source_key) "
        "where s.source = %s and s.tenant_id = u.tenant_id and s.source_key = u.source_key",
        [
            at + timedelta(seconds=min(pause, LONGEST_RETRY_AFTER_S)), [key[0] for key in keys], [key[1] for key in keys], source,
        ],
    )  # fmt: skip
