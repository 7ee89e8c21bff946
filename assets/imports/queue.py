"""Land what waits: uploads, and new files of the watched folder. One that fails is remembered, and the others go on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from assets.imports.folder import (
    PLACES,
    Found,
    UnsettledError,
    digest_of,
    new_files,
    record_look,
    show_of,
    unknown_tenants,
    was_brought,
)
from assets.imports.history import Brought, is_any_waiting, load_upload, new_file, record_outcome, remember, waiting_ids
from assets.imports.landing import ImportFile, Outcome, land_file
from assets.imports.sealing import SealedElsewhereError, unseal
from assets.lib.clock import now
from assets.lib.warehouse import WarehouseUrl, connect


@dataclass(frozen=True)
class ImportsSummary:
    """Counts of files and rows of one run, and (file, message) of what was refused or failed."""

    files: int = 0
    landed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    failures: tuple[tuple[str, str], ...] = ()

    def with_outcome(self, name: str, outcome: Outcome) -> "ImportsSummary":
        failed = () if outcome.status == "landed" else ((name, outcome.message),)
        return replace(
            self, files=self.files + 1, landed=self.landed + outcome.landed, unchanged=self.unchanged + outcome.unchanged,
            quarantined=self.quarantined + outcome.quarantined, failures=(*self.failures, *failed),
        )  # fmt: skip


def strangers(url: str, folder: Path | None) -> list[str]:
    """The folder's subfolders that hold files and are no tenant's."""
    if folder is None:
        return []
    with connect(url, "ingest", autocommit=True) as connection:
        return unknown_tenants(connection, folder)


def is_work_waiting(url: str, folder: Path | None) -> bool:
    """Whether a run would find an upload or a new file in the folder."""
    with connect(url, "ingest", autocommit=True) as connection:
        return is_any_waiting(connection) or (folder is not None and bool(new_files(connection, folder, time.time_ns())))


def land_waiting(warehouse: WarehouseUrl, folder: Path | None, run_id: str) -> ImportsSummary:
    """Raises psycopg.OperationalError where the warehouse is away: what was landed by then stays."""
    summary = ImportsSummary()
    with connect(warehouse.url, "ingest", autocommit=True) as connection:
        for import_id in waiting_ids(connection):
            with _alone(connection, f"import {import_id}") as is_alone:
                loaded = load_upload(connection, import_id) if is_alone else None
                if loaded is None:
                    continue
                file, sealed = loaded
                outcome = _land_upload(warehouse, file, sealed, run_id)
                record_outcome(connection, file, outcome, run_id)
                summary = summary.with_outcome(file.file_name, outcome)
        for found in new_files(connection, folder, time.time_ns()) if folder is not None else ():
            with _alone(connection, f"import {found.path}") as is_alone:
                if is_alone:
                    summary = _land_found(connection, warehouse.url, found, run_id, summary)
    return summary


def land_now(url: str, file: ImportFile, brought: Brought, run_id: str) -> Outcome:
    """Land a file that lies here, at once, and remember it with what came of it."""
    remember(url, file, brought)
    outcome = land_file(url, file, run_id)
    with connect(url, "ingest", autocommit=True) as connection:
        record_outcome(connection, file, outcome, run_id)
    return outcome


def _land_upload(warehouse: WarehouseUrl, file: ImportFile, sealed: bytes, run_id: str) -> Outcome:
    try:
        content = unseal(sealed, warehouse.secret_key)
    except SealedElsewhereError as error:
        return Outcome("failed", message=str(error))
    return land_file(warehouse.url, replace(file, content=content), run_id)


def _land_found(
    connection: psycopg.Connection[Any], url: str, found: Found, run_id: str, summary: ImportsSummary
) -> ImportsSummary:
    row = connection.execute("select tenant_id from app.tenants where slug = %s", [found.tenant]).fetchone()
    if row is None:
        return summary
    tenant_id, kind = row[0], PLACES.get(found.place, "statistics")
    show_id = show_of(connection, tenant_id, found.place) if kind == "statistics" else None
    try:
        digest = digest_of(found)
    except (OSError, UnsettledError) as error:
        return summary.with_outcome(str(found.path), Outcome("failed", message=str(error)))
    if was_brought(connection, tenant_id, kind, show_id, digest):
        record_look(connection, tenant_id, found, digest, now())
        return summary
    file = new_file(tenant_id, kind, found.path, digest, show_id=show_id)
    brought = Brought("folder", found.size, actor_kind="folder")
    if kind == "statistics" and show_id is None:
        message = (
            f"found {found.path.name} in the folder {found.place!r}, which is neither logs, orders, spend, currency_rates, "
            "survey_answers nor a show of this tenant, expected a show's id or title there: rename the folder, then write the file "
            "anew"
        )
        outcome = Outcome("refused", message=message)
        remember(url, file, brought)
        record_outcome(connection, file, outcome, run_id)
    else:
        outcome = land_now(url, file, brought, run_id)
    if outcome.status != "failed":
        record_look(connection, tenant_id, found, digest, now())
    return summary.with_outcome(str(found.path), outcome)


@contextmanager
def _alone(connection: psycopg.Connection[Any], name: str) -> Iterator[bool]:
    """Whether no other run lands the same file meanwhile."""
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
    is_alone = bool(row and row[0])
    try:
        yield is_alone
    finally:
        if is_alone and not connection.closed:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [name])
