"""Podbean's monthly report of single downloads: bytes of a CSV → counts by episode and GMT day. Pure.

Who downloaded (`User`, `User Agent`, an address) is read past: nothing of it leaves this function, rejected rows included.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from assets.hosting.connectors.client import Client
from assets.hosting.connectors.protocol import ConnectorError, Statistic
from assets.lib.http import shown
from assets.lib.quarantine import Rejected

TIME, TITLE = "Time(GMT)", "Episode Title"
DIMENSIONS = {"Country": "country", "State": "region"}
UNREAD = ("User", "User Agent", "IP Address", "City", "Referer", "Episode ID", "Podcast Title")
KNOWN = (TIME, TITLE, *DIMENSIONS, *UNREAD)
# (id, file) by title; None where two episodes bear it.
Episodes = dict[str, tuple[str, str | None] | None]


@dataclass(frozen=True)
class Report:
    rows: Sequence[Statistic]
    rejected: Sequence[Rejected]


def read_report(
    client: Client, url: str, body: bytes, days: Sequence[date], episodes: Mapping[str, tuple[str, str | None] | None]
) -> Report:
    """The month's counts. A row without a time of the month or a title is rejected alone.

    Raises ConnectorError for a header that is not known: then nothing of the file is taken.
    """
    text = body.decode("utf-8-sig", "replace")
    lines = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(lines, [])]
    unknown = [name for name in header if name not in KNOWN]
    missing = [name for name in (TIME, TITLE) if name not in header]
    if unknown or missing:
        found = f"the header {', '.join(header)[:300]}" if header else "an empty file"
        raise ConnectorError(
            f"Podbean: found {found} at {shown(url)}, expected {TIME} and {TITLE} and of the others only "
            f"{', '.join(KNOWN[2:])}: nothing of that file was taken, look whether Podbean changed its reports",
            is_transient=not header, status=200,
        )  # fmt: skip
    last: list[str] = []
    counts: Counter[tuple[str, str | None, date, str, str]] = Counter()
    rejected: list[Rejected] = []
    for number, cells in enumerate(lines, 2):
        if not cells:
            continue
        last = cells
        row = dict(zip(header, cells, strict=False))
        day = _day(row.get(TIME, ""))
        title = row.get(TITLE, "").strip()
        if len(cells) != len(header) or day is None or day not in days or not title:
            rejected.append(_rejected(row, number, len(cells), len(header), days))
            continue
        key, file = episodes.get(title) or (title, None)
        counts[key, file, day, "", ""] += 1
        counts.update((key, file, day, ours, row.get(theirs) or "Unknown") for theirs, ours in DIMENSIONS.items() if theirs in row)
    if last and not text.endswith("\n") and (len(last) < len(header) or text.count('"') % 2):
        raise ConnectorError(
            f"Podbean: found a file that ends within a line after {len(body):,} bytes at {shown(url)}, expected whole lines: it is "
            "asked again later", is_transient=True, status=200,
        )  # fmt: skip
    return Report(
        [
            Statistic(key, None, Decimal(count), day, day, dimension=dimension, dimension_value=value, media_key=file)
            for (key, file, day, dimension, value), count in sorted(counts.items(), key=str)
        ],
        rejected,
    )


def _day(text: str) -> date | None:
    try:
        # An apostrophe keeps a spreadsheet from reading it as a number.
        return datetime.fromisoformat(text.strip().lstrip("'")).date()
    except ValueError:
        return None


def _rejected(row: Mapping[str, str], number: int, cells: int, columns: int, days: Sequence[date]) -> Rejected:
    kept = f"{row.get(TIME, '')[:100]},{row.get(TITLE, '')[:300]}"
    reason = (
        f"found {cells} cells, the time {row.get(TIME, '')[:40]!r} and the title {row.get(TITLE, '')[:40]!r} in line {number}, "
        f"expected {columns} cells, a time from {days[0]} to {days[-1]} and a title: the line is not counted"
    )
    return Rejected("unreadable_row", reason, kept.encode(), {"month": f"{days[0]:%Y-%m}", "line": number})
