"""An export's rows → raw.hosting_downloads, by the same door as a host's answers: importing twice changes nothing, a restated value
is a new version."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg

from assets.hosting.connectors.protocol import WHOLE_SHOW, Account, Batch, Statistic
from assets.hosting.exports.protocol import ExportRow, Reading
from assets.hosting.exports.registry import EXPORTS, read_export
from assets.hosting.exports.tables import ExportError
from assets.hosting.statistics import land_batch
from assets.lib.clock import local_date, now
from assets.lib.ids import stable_uuid
from assets.lib.privacy import scrub
from assets.lib.quarantine import Rejected, quarantine

SOURCE = "hosting_exports"


@dataclass(frozen=True)
class ExportLanded:
    """Counts of one file."""

    host: str
    landed: int
    unchanged: int
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]


def land_export(
    connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID, content: bytes, file_name: str, run_id: str, *,
    host: str | None = None, as_of: date | None = None,
) -> ExportLanded:  # fmt: skip
    """Land a CSV or zip of a show's statistics. `as_of`: the day of totals that name no day; today where None.

    Raises ExportError where nothing of it can be used: nothing is landed then.
    """
    show_zone = _timezone(connection, tenant_id, show_id)
    at = now()
    reading = read_export(content, file_name, as_of or _first_day(connection, tenant_id, show_id, content, at, show_zone), host)
    if not reading.rows:
        first = f"; the first: {reading.rejected[0].reason}" if reading.rejected else ""
        raise ExportError(f"{file_name}: found {len(reading.rejected)} rows, none of which can be used{first}")
    export = EXPORTS[reading.host]
    account = Account(
        tenant_id, stable_uuid("export", tenant_id, show_id, export.host), show_id, export.host, "", str(show_id),
        export.timezone or show_zone, "",
    )  # fmt: skip
    with connection.transaction():
        # One import of a show's statistics at a time: two would each see no newest version.
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"export {account.account_id}"])
        rows, unmatched = _with_episodes(reading, _episodes(connection, tenant_id, show_id))
        landed = land_batch(connection, account, Batch(rows), at, run_id)
        if reading.rejected:
            quarantine(
                connection, SOURCE, run_id, _not_quarantined_yet(connection, tenant_id, show_id, reading.rejected), tenant_id
            )
    notes = list(reading.notes)
    if unmatched:
        shown = ", ".join(repr(title) for title in sorted(unmatched)[:3])
        notes.append(
            f"{len(unmatched)} titles are of no episode in the show's feed and stand by themselves, such as {shown}: "
            "add the feed first, or correct the titles, and import again"
        )
    return ExportLanded(export.host, landed, len(rows) - landed, tuple(reading.rejected), tuple(notes))


def _not_quarantined_yet(
    connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID, rejected: Sequence[Rejected]
) -> list[Rejected]:
    """A file that comes again brings its bad rows again: each is kept once for its show, whatever the file is called now."""
    known = {
        bytes(original)
        for (original,) in connection.execute(
            "select original from raw.quarantine where tenant_id = %s and source = %s and context ->> 'show_id' = %s",
            [tenant_id, SOURCE, str(show_id)],
        )
    }
    return [
        replace(item, context={**item.context, "show_id": str(show_id)}) for item in rejected if scrub(item.original) not in known
    ]


def _with_episodes(reading: Reading, episodes: Mapping[str, str]) -> tuple[list[Statistic], set[str]]:
    """The rows with the GUIDs of their episodes, and the titles of those that have none."""
    unmatched: set[str] = set()

    def matched(row: ExportRow) -> Statistic:
        statistic = row.statistic
        if statistic.episode_guid or statistic.episode_key == WHOLE_SHOW:
            return statistic
        guid = episodes.get(statistic.episode_key) or episodes.get(_plain(row.title or statistic.episode_key))
        if guid is None:
            unmatched.add(row.title or statistic.episode_key)
        return replace(statistic, episode_guid=guid)

    return [matched(row) for row in reading.rows], unmatched


def _episodes(connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID) -> dict[str, str]:
    """GUIDs by themselves and by each title that the feed ever gave to one episode alone."""
    titles: dict[str, set[str]] = {}
    for guid, title in connection.execute(
        "select distinct episode_guid, title from raw.feeds_items where tenant_id = %s and show_id = %s", [tenant_id, show_id]
    ):
        titles.setdefault(guid, set()).add(guid)
        if title:
            titles.setdefault(_plain(title), set()).add(guid)
    return {title: next(iter(guids)) for title, guids in titles.items() if len(guids) == 1}


def _plain(title: str) -> str:
    """A title as two systems agree on it: without case, spacing and the style of its quotes and dashes."""
    text = unicodedata.normalize("NFKC", title).casefold().translate(_STYLES)
    return " ".join(text.split())


_STYLES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


def _first_day(
    connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID, content: bytes, at: datetime, timezone: str
) -> date:
    """The day on which the same bytes first landed for the show, else today: totals are of that day, however often they come."""
    row = connection.execute(
        "select min(i.finished_at) from app.import_files as f inner join ops.imports as i using (import_id) "
        "where f.tenant_id = %s and f.show_id = %s and f.content_sha256 = %s and i.status = 'landed'",
        [tenant_id, show_id, hashlib.sha256(content).digest()],
    ).fetchone()
    return local_date(row[0] if row and row[0] else at, timezone)


def _timezone(connection: psycopg.Connection[Any], tenant_id: int, show_id: UUID) -> str:
    row = connection.execute(
        "select timezone from app.shows where tenant_id = %s and show_id = %s", [tenant_id, show_id]
    ).fetchone()
    if row is None:
        raise ExportError(f"found no show {show_id} of this tenant, expected one of its own: hostread feed list")
    return str(row[0])
