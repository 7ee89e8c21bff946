"""ops.fetch_state: one row per tenant and source that is fetched; what came of the last try, and when the next one may be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

BACK_OFF_S = 60
LONGEST_BACK_OFF_S = 6 * 3600
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
    """One statement for all, in the caller's transaction: a thousand unchanged feeds are one round trip."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.fetch_state as s (tenant_id, source, source_key, url, etag, last_modified, content_sha256, "
            "last_status, last_attempt_at, last_success_at, cursor) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "on conflict (tenant_id, source, source_key) do update set url = excluded.url, etag = excluded.etag, "
            "last_modified = excluded.last_modified, content_sha256 = coalesce(excluded.content_sha256, s.content_sha256), "
            "last_status = excluded.last_status, last_attempt_at = excluded.last_attempt_at, "
            "last_success_at = excluded.last_success_at, "
            "last_error = null, consecutive_failures = 0, next_attempt_at = '-infinity', cursor = excluded.cursor",
            [
                (
                    s.tenant_id,
                    source,
                    s.source_key,
                    s.url,
                    s.etag,
                    s.last_modified,
                    s.content_sha256,
                    s.status,
                    s.at,
                    s.at,
                    Jsonb(dict(s.cursor)),
                )
                for s in successes
            ],
        )


def record_failure(
    connection: psycopg.Connection[Any], source: str, tenant_id: int, source_key: str, url: str, *,
    message: str, at: datetime, failures: int, status: int | None = None, retry_after_s: float | None = None,
    is_final: bool = False,
) -> None:  # fmt: skip
    """A try that failed: the message for people, and the next try after a growing pause (a minute, doubled, six hours at most),
    after what the server asked for, or never (`is_final`: the server said that it is gone)."""
    pause = max(min(BACK_OFF_S * 2 ** min(failures, 16), LONGEST_BACK_OFF_S), min(retry_after_s or 0, 86_400))
    connection.execute(
        "insert into ops.fetch_state as s (tenant_id, source, source_key, url, last_status, last_attempt_at, last_error, "
        "consecutive_failures, next_attempt_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (tenant_id, source, source_key) do update set last_status = excluded.last_status, "
        "last_attempt_at = excluded.last_attempt_at, last_error = excluded.last_error, "
        "consecutive_failures = excluded.consecutive_failures, next_attempt_at = excluded.next_attempt_at",
        [
            tenant_id, source, source_key, url, status, at, message[:2000].replace("\x00", ""), failures + 1,
            NEVER_AGAIN if is_final else at + timedelta(seconds=pause),
        ],
    )  # fmt: skip
