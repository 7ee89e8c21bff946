"""Orders, daily spend, exchange rates and survey answers: a CSV → raw.campaigns_orders, raw.campaigns_spend, app.currency_rates,
raw.campaigns_survey_answers. A file is remembered, and read again when it changes.

Importing the same content twice changes nothing; a corrected row is a new version, the newest of which counts; a bad row is
quarantined alone; a file with an unknown header imports nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from assets.campaigns.forms import FORMS, KINDS, Kind
from assets.campaigns.parse import Parsed, UnknownHeaderError
from assets.lib.clock import now
from assets.lib.fetch_state import State, Success, load_states, record_failure, record_successes
from assets.lib.privacy import scrub
from assets.lib.quarantine import Rejected, quarantine
from assets.lib.warehouse import connect

LARGEST_FILE = 200_000_000


class ImportFailedError(RuntimeError):
    """The file cannot be imported; the message says what was found and expected. Nothing of it was imported."""


@dataclass(frozen=True)
class ImportSummary:
    """Counts of files and rows of one import; `unchanged` rows were there already. (File, message) of what failed."""

    files: int = 0
    landed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    failures: tuple[tuple[str, str], ...] = ()


def import_file(url: str, kind: Kind, tenant_id: int, path: Path, run_id: str, sponsor_id: UUID | None = None) -> ImportSummary:
    """Import a CSV whose header `kind` asks for, and remember it. `sponsor_id` is whose rows they are where the file has no such
    column; without it the tenant's only sponsor. Raises ImportFailedError."""
    with connect(url, "ingest", autocommit=True) as connection:
        return _import(connection, kind, tenant_id, path, run_id, sponsor_id)


def import_content(
    url: str, kind: Kind, tenant_id: int, file_name: str, content: bytes, run_id: str, sponsor_id: UUID | None = None
) -> ImportSummary:
    """Import a file that was brought once: an upload. Nothing is remembered of it but its rows. Raises ImportFailedError."""
    path = Path(file_name)
    try:
        text = _decoded(content)
        with connect(url, "ingest", autocommit=True) as connection, connection.transaction():
            _lock(connection, kind, tenant_id)
            return _land(connection, kind, tenant_id, path, text, run_id, sponsor_id)
    except (UnknownHeaderError, ImportFailedError) as error:
        raise ImportFailedError(f"{file_name}: {error}") from error


def register_imports(url: str, folder: Path) -> int:
    """Remember `<folder>/<slug>/orders.csv`, `spend.csv`, `currency_rates.csv` and `survey_answers.csv` of every tenant for
    `refresh_imports`; returns how many there are."""
    with connect(url, "ingest") as connection:
        tenants = connection.execute("select tenant_id, slug from app.tenants order by tenant_id").fetchall()
        found = [
            (tenant_id, f"campaigns_{kind}", str(path.absolute()))
            for tenant_id, slug in tenants
            for kind in KINDS
            if (path := folder / slug / f"{kind}.csv").is_file()
        ]
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into ops.fetch_state (tenant_id, source, source_key, url) values (%s, %s, %s, %s) on conflict do nothing",
                [(tenant_id, source, path, path) for tenant_id, source, path in found],
            )
    return len(found)


def refresh_imports(url: str, kind: Kind, run_id: str) -> ImportSummary:
    """Read every remembered file of the kind whose content changed since it was imported. A file that fails is in the summary, and
    a failed row in ops.fetch_state; the others go on."""
    summary = ImportSummary()
    with connect(url, "ingest", autocommit=True) as connection:
        states = load_states(connection, f"campaigns_{kind}")
        for (tenant_id, path), state in sorted(states.items()):
            try:
                if state.content_sha256 is not None and _digest(Path(path)) == state.content_sha256:
                    continue
                done = _import(connection, kind, tenant_id, Path(path), run_id, _remembered_sponsor(state))
            except ImportFailedError as error:
                summary = replace(summary, failures=(*summary.failures, (path, str(error))))
            else:
                summary = ImportSummary(
                    summary.files + 1, summary.landed + done.landed, summary.unchanged + done.unchanged,
                    summary.quarantined + done.quarantined, summary.failures,
                )  # fmt: skip
    return summary


def _import(
    connection: psycopg.Connection[Any], kind: Kind, tenant_id: int, path: Path, run_id: str, sponsor_id: UUID | None
) -> ImportSummary:
    source, key = f"campaigns_{kind}", str(path.absolute())
    state = load_states(connection, source).get((tenant_id, key), State())
    try:
        text, content = _text(path)
        with connection.transaction():
            _lock(connection, kind, tenant_id)
            done = _land(connection, kind, tenant_id, path, text, run_id, sponsor_id)
            cursor = {"sponsor_id": str(sponsor_id)} if sponsor_id else {}
            record_successes(connection, source, [Success(tenant_id, key, key, 200, now(), None, None, content, cursor)])
        return done
    except (UnknownHeaderError, ImportFailedError) as error:
        message = f"{path.name}: {error}"
        record_failure(connection, source, tenant_id, key, key, message=message, at=now(), failures=state.consecutive_failures)
        raise ImportFailedError(message) from error


def _lock(connection: psycopg.Connection[Any], kind: Kind, tenant_id: int) -> None:
    """One import of a kind at a time for a tenant: two would each see no newest version."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"campaigns_{kind} {tenant_id}"])


def _land(
    connection: psycopg.Connection[Any], kind: Kind, tenant_id: int, path: Path, text: str, run_id: str, sponsor_id: UUID | None
) -> ImportSummary:
    known = _known_ids(connection, tenant_id)
    parsed = list(FORMS[kind].parse(text, sponsor_id or _only_sponsor(known)))
    rejected = [_rejected(row, path, "bad_row") for row in parsed if row.value is None]
    good = []
    for row in parsed:
        if row.value is None:
            continue
        if (problem := _unknown_id(row.value, known)) is not None:
            rejected.append(_rejected(replace(row, problem=f"line {row.line}: {problem}"), path, "unknown_id"))
        else:
            good.append(row.value)
    landed = FORMS[kind].land(connection, tenant_id, good, run_id)
    if rejected:
        quarantine(connection, f"campaigns_{kind}", run_id, _not_quarantined_yet(connection, tenant_id, kind, rejected), tenant_id)
    return ImportSummary(1, landed, len(good) - landed, len(rejected))


def _known_ids(connection: psycopg.Connection[Any], tenant_id: int) -> dict[str, set[UUID]]:
    return {
        name: {row[0] for row in connection.execute(query, [tenant_id])}
        for name, query in (
            ("sponsor_id", "select sponsor_id from app.sponsors where tenant_id = %s"),
            ("show_id", "select show_id from app.shows where tenant_id = %s"),
        )
    }


def _only_sponsor(known: dict[str, set[UUID]]) -> UUID | None:
    return next(iter(known["sponsor_id"])) if len(known["sponsor_id"]) == 1 else None


def _unknown_id(value: object, known: dict[str, set[UUID]]) -> str | None:
    for name, ids in known.items():
        one = getattr(value, name, None)
        if one is not None and one not in ids:
            return f"found the {name} {one}, which is none of the tenant's {len(ids)}: add it first, or correct the row"
    return None


def _not_quarantined_yet(
    connection: psycopg.Connection[Any], tenant_id: int, kind: Kind, rejected: Sequence[Rejected]
) -> list[Rejected]:
    """A file that is imported again brings its bad rows again: each is kept once."""
    known = {
        (file, bytes(original))
        for file, original in connection.execute(
            "select context ->> 'file', original from raw.quarantine where tenant_id = %s and source = %s",
            [tenant_id, f"campaigns_{kind}"],
        )
    }
    return [item for item in rejected if (item.context["file"], scrub(item.original)) not in known]


def _rejected(row: Parsed[Any], path: Path, code: str) -> Rejected:
    return Rejected(code, row.problem, row.original, {"file": path.name, "line": row.line})


def _text(path: Path) -> tuple[str, bytes]:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ImportFailedError(f"found {size:,} bytes, expected at most {LARGEST_FILE:,}: split the file")
        content = path.read_bytes()
    except OSError as error:
        raise ImportFailedError(f"the file cannot be read: {error.strerror or error}") from error
    return _decoded(content), hashlib.sha256(content).digest()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFailedError(f"found bytes at {error.start} that are no UTF-8, expected a CSV in UTF-8: save it anew") from error


def _digest(path: Path) -> bytes | None:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None


def _remembered_sponsor(state: State) -> UUID | None:
    text = state.cursor.get("sponsor_id")
    return UUID(str(text)) if text else None
