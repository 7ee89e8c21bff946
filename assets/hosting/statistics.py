"""Hosts' own statistics → raw.hosting_downloads: every active account, each with its connector, each answer landed as it comes."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from assets.hosting.connectors.protocol import Account, ConnectorError, Period
from assets.hosting.connectors.registry import CONNECTORS
from assets.hosting.landing import SOURCE, land_batch
from assets.hosting.pacing import POLICY, Sender
from assets.lib.clock import local_date, now
from assets.lib.fetch_state import State, Success, load_states, record_failure, record_successes
from assets.lib.http import FetchPolicy
from assets.lib.secrets_box import WrongSecretKeyError, decrypt
from assets.lib.warehouse import WarehouseUrl, connect

__all__ = ["AccountResult", "HostingSummary", "land_batch", "pull_hosting"]

# A re-read of chosen days has a state of its own: it never moves what the trailing re-read knows.
REREAD = "hosting_reread"
SHORTEST_SECRET = 4
# An account that was never tried, or that was changed or asked for since it was.
IS_CHANGED = "coalesce(greatest(a.updated_at, a.asked_at) > f.last_attempt_at, true)"
STATE = "left join ops.fetch_state as f on f.tenant_id = a.tenant_id and f.source = 'hosting' and f.source_key = a.account_id::text"


@dataclass(frozen=True)
class AccountResult:
    """What came of one account: `status` is landed, waiting (for its pause or for another run) or failed, with its message."""

    name: str
    host: str
    landed: int
    status: str
    message: str = ""


@dataclass(frozen=True)
class HostingSummary:
    """Counts of accounts and of rows of one run, what came of each account, and (account, message) of those that failed."""

    accounts: int = 0
    waiting: int = 0
    landed: int = 0
    failed: int = 0
    transient: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    results: tuple[AccountResult, ...] = ()

    def with_result(self, result: AccountResult, *, is_transient: bool = False) -> "HostingSummary":
        is_failed = result.status == "failed"
        return replace(
            self, accounts=self.accounts + (result.status != "waiting"), waiting=self.waiting + (result.status == "waiting"),
            landed=self.landed + result.landed, failed=self.failed + is_failed, transient=self.transient + is_transient,
            failures=(*self.failures, *([(result.name, result.message)] if is_failed else [])), results=(*self.results, result),
        )  # fmt: skip


def pull_hosting(
    warehouse: WarehouseUrl, run_id: str, *, today: date | None = None, is_forced: bool = False, account_id: UUID | None = None,
    only_asked: bool = False, days: tuple[date, date] | None = None, wait: Callable[[float], None] = time.sleep,
    policy: FetchPolicy = POLICY, clock: Callable[[], float] = time.monotonic,
) -> HostingSummary:  # fmt: skip
    """Pull every active account. One that fails is a failed row in ops.fetch_state and keeps what it landed; the others go on.

    `only_asked` pulls the accounts alone that are new, were changed, or were asked for since they were read last.
    `days` re-reads those, both included, instead of the trailing ones; `today` replaces each account's local date (a simulated
    present). Raises psycopg.OperationalError where the warehouse is away.
    """
    sender = Sender(replace(policy, allow_private=warehouse.allow_private_urls), wait, clock)
    source = SOURCE if days is None else REREAD
    summary = HostingSummary()
    with connect(warehouse.url, "ingest", autocommit=True) as connection:
        states = load_states(connection, source)
        for row in _accounts(connection):
            if account_id not in (None, row["account_id"]) or (only_asked and not row["is_changed"]):
                continue
            name = f"{row['host']} {row['external_show_id']}"
            key = str(row["account_id"]) if days is None else f"{row['account_id']} {days[0]}..{days[1]}"
            state = states.get((row["tenant_id"], key), State())
            with _alone(connection, row["account_id"]) as is_alone:
                if not is_alone or not (state.is_due or is_forced or days or row["is_changed"]):
                    summary = summary.with_result(AccountResult(name, row["host"], 0, "waiting", state.last_error or ""))
                    continue
                result, is_transient = _pull_one(
                    connection, row, name, key, state, sender, warehouse.secret_key, run_id, source, today, days
                )
                summary = summary.with_result(result, is_transient=is_transient)
    return summary


def is_read_asked(url: str) -> bool:
    """Whether an active account waits to be read at once."""
    with connect(url, "ingest", autocommit=True) as connection:
        row = connection.execute(
            f"select exists (select 1 from app.hosting_accounts as a {STATE} where a.is_active and {IS_CHANGED})"  # noqa: S608
        ).fetchone()
    return bool(row and row[0])


def _pull_one(
    connection: psycopg.Connection[Any], row: Mapping[str, Any], name: str, key: str, state: State, sender: Sender, secret_key: str,
    run_id: str, source: str, today: date | None, days: tuple[date, date] | None,
) -> tuple[AccountResult, bool]:  # fmt: skip
    tenant_id, at, landed = row["tenant_id"], now(), 0
    cursor = dict(state.cursor)
    credential = ""

    def succeeded(said: Mapping[str, Any]) -> None:
        record_successes(connection, source, [Success(tenant_id, key, row["base_url"], 200, at, cursor=said)])

    try:
        connector = CONNECTORS.get(row["host"])
        if connector is None:
            raise ConnectorError(
                f"found the host {row['host']!r}, expected one of {', '.join(sorted(CONNECTORS))}: correct the account",
                is_transient=False,
            )
        credential = decrypt(bytes(row["credential_encrypted"]), secret_key)
        account = _account(row, connector.timezone or row["timezone"], credential)
        present = today or local_date(at, account.timezone)
        period = Period.trailing(present) if days is None else Period(days[0], min(days[1], present), present)
        for batch in connector.pull(account, sender.of(connector, account), cursor, period):
            cursor |= batch.cursor
            # Rows and cursor in one transaction: an ETag never stands for rows that did not land.
            with connection.transaction():
                landed += land_batch(connection, account, batch, at, run_id)
                succeeded(cursor)
        # A re-read that is through is forgotten: the next one asks for everything again.
        succeeded(cursor if days is None else {})
        return AccountResult(name, row["host"], landed, "landed"), False
    except psycopg.Error:
        raise
    except Exception as error:
        is_ours = isinstance(error, ConnectorError | WrongSecretKeyError)
        said = str(error) if is_ours else f"{name}: an answer led to {type(error).__name__}: {error}: report it, it is tried again"
        message = _redacted(said, credential)
        status, retry_after_s = getattr(error, "status", None), getattr(error, "retry_after_s", None)
        record_failure(
            connection, source, tenant_id, key, row["base_url"], message=message, at=at, failures=state.consecutive_failures,
            status=status, retry_after_s=retry_after_s,
        )  # fmt: skip
        return AccountResult(name, row["host"], landed, "failed", message), bool(getattr(error, "is_transient", False))


def _redacted(message: str, credential: str) -> str:
    """A host may quote what it was sent; no message of ours does."""
    for secret in sorted({credential, *credential.split(":")}, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            message = message.replace(secret, "…")
    return message


@contextmanager
def _alone(connection: psycopg.Connection[Any], account_id: UUID) -> Iterator[bool]:
    """Whether no other run pulls this account meanwhile: two would land the same restatements twice."""
    name = [f"hosting {account_id}"]
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", name).fetchone()
    is_alone = bool(row and row[0])
    try:
        yield is_alone
    finally:
        if is_alone and not connection.closed:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", name)


def _account(row: Mapping[str, Any], timezone: str, credential: str) -> Account:
    names = ("tenant_id", "account_id", "show_id", "host", "base_url", "external_show_id")
    return Account(**{name: row[name] for name in names}, timezone=timezone, credential=credential)


def _accounts(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    # A credential that was entered anew is tried at once, whatever pause the old one earned.
    query = (
        "select a.tenant_id, a.account_id, a.show_id, a.host, a.base_url, a.external_show_id, a.credential_encrypted, "  # noqa: S608
        f"s.timezone, {IS_CHANGED} as is_changed from app.hosting_accounts as a {STATE} "
        "inner join app.shows as s on s.tenant_id = a.tenant_id and s.show_id = a.show_id "
        "where a.is_active order by a.tenant_id, a.account_id"
    )
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(query).fetchall()
