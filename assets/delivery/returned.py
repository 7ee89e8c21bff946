"""Bounces and complaints taken in: from files handed in, from a folder that is watched, each marked in the account it is of."""

import email
import mailbox
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from psycopg.rows import dict_row

from api.mail.issues import Connection
from api.mail.returned import LARGEST, NotReturnedError, Returned, read_returned
from api.mail.suppressions import mark_returned
from assets.lib.warehouse import connect

FIND = "select tenant_id, delivery_id, recipient from ops.find_delivery(%s)"
# A file that was written to just now may still be written to.
SETTLED_S = 2.0
# Where a file goes once it was read: what says nothing of our mails is kept for a person to look at.
TAKEN, STRANGE = "taken", "strange"


def mark(app: Connection, returned: Returned) -> bool:
    """Mark the mail in the account it is of; False where it is of none here."""
    row = app.execute(FIND, [returned.message_key]).fetchone()
    if row is None:
        return False
    with app.transaction():
        app.execute("select set_config('hostread.tenant_id', %s, true)", [str(row["tenant_id"])])
        mark_returned(app, row["delivery_id"], row["recipient"], returned)
    return True


def take_messages(url: str, contents: Iterator[bytes] | list[bytes]) -> tuple[Counter[str], list[str]]:
    """(messages by what became of them, why those that say nothing of our mails do not): `bounced`, `delayed`, `complained`,
    `unknown` (of no mail that is here) and `strange`."""
    counts: Counter[str] = Counter()
    said: list[str] = []
    with connect(url, "app", autocommit=True) as app:
        app.row_factory = dict_row
        for content in contents:
            try:
                returned = read_returned(content)
            except NotReturnedError as error:
                counts["strange"] += 1
                said.append(str(error))
                continue
            counts[returned.kind if mark(app, returned) else "unknown"] += 1
    return counts, said


def read_file(path: Path) -> Iterator[bytes]:
    """The messages of a file: one, or those of an mbox."""
    with path.open("rb") as file:
        is_mbox = file.read(5) == b"From "
    if not is_mbox:
        yield path.read_bytes()[:LARGEST]
        return
    for message in mailbox.mbox(path, factory=email.message_from_binary_file, create=False):  # type: ignore[arg-type]
        yield message.as_bytes()[:LARGEST]


def waiting_files(folder: Path | None) -> list[Path]:
    """Files of the watched folder that nobody writes to any more, oldest first: the folder's own, and a Maildir's `new`."""
    if folder is None or not folder.is_dir():
        return []
    found: list[tuple[float, Path]] = []
    for place in (folder, folder / "new"):
        found += [
            (entry.stat().st_mtime, Path(entry.path))
            for entry in (os.scandir(place) if place.is_dir() else ())
            if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
        ]
    return [path for at, path in sorted(found) if time.time() - at > SETTLED_S]


def take_folder(url: str, folder: Path | None) -> tuple[Counter[str], list[str]]:
    """Take in what waits in the folder; each file is moved to `taken` or `strange` beside it once it is marked, so that a run that
    dies in between marks it again, which changes nothing."""
    counts: Counter[str] = Counter()
    said: list[str] = []
    for path in waiting_files(folder):
        assert folder is not None  # noqa: S101 - or there is no path
        found, words = take_messages(url, read_file(path))
        counts += found
        said += [f"{path.name}: {one}" for one in words]
        target = folder / (STRANGE if found["strange"] or found["unknown"] else TAKEN)
        target.mkdir(exist_ok=True)
        path.rename(target / f"{uuid4().hex[:8]}-{path.name}"[:200])
    return counts, said
