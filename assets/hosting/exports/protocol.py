"""What a host's export is: the words of its headers, and what each column means. A file of any other words imports nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from assets.hosting.connectors.protocol import Metric, Statistic
from assets.lib.quarantine import Rejected

Standard = Literal["iab2", "host", "apple", "spotify"]
Role = Literal["date", "month", "first_day", "last_day", "guid", "episode_id", "title"]

# The words in which every host's exports say when and of which episode.
ROLES: Mapping[Role, tuple[str, ...]] = {
    "date": ("date", "day", "time utc", "date utc", "download date", "report date"),
    "month": ("month",),
    "first_day": ("start date", "from", "period start"),
    "last_day": ("end date", "to", "period end"),
    "guid": ("guid", "episode guid", "rss guid"),
    "episode_id": ("episode id", "item id", "episode apple id", "apple id", "episode uri", "spotify id", "id"),
    "title": ("episode", "episode title", "item title", "episode name", "title", "item", "name"),
}


@dataclass(frozen=True)
class Measure:
    """What a column of numbers counts. Of several columns of one meaning the first named is read."""

    words: tuple[str, ...]
    metric: Metric
    dimension: str = ""
    dimension_value: str = ""
    standard: Standard | None = None


@dataclass(frozen=True)
class Export:
    """One host. `timezone`: that of its days where they are not the show's own. `ignored`: columns that are known and not kept.

    `source_url` is the public page whose words these are.
    """

    host: str
    name: str
    standard: Standard
    measures: Sequence[Measure]
    dimensions: Mapping[str, str]
    ignored: frozenset[str]
    source_url: str
    timezone: str | None = None
    examples: Sequence[str] = ()


@dataclass(frozen=True)
class ExportRow:
    """A canonical row, and the title by which its episode is found where the export names no GUID."""

    statistic: Statistic
    title: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a whole file gave: rows, those turned away, and what of it was refused or left out, in words."""

    host: str
    rows: Sequence[ExportRow]
    rejected: Sequence[Rejected] = field(default=(), repr=False)
    notes: Sequence[str] = ()


def word(header: str) -> str:
    """A header without case, marks and spacing: `Item_Title`, `item title` and `ITEM TITLE ` are one."""
    return re.sub(r"[^\w]+|_+", " ", header.casefold()).strip()
