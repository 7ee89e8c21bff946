"""Log lines into rows, with bytes and the one rule that a line alone decides (IAB guidelines 2.3, restated in domain rules 1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from simulation.addresses import classify, household_key
from simulation.agents import KINDS
from simulation.model import Episode, Show


@dataclass(slots=True)
class Row:
    """One request as logged. `first` and `last` are the inclusive byte interval sent; `last` below `first`: none or unknown."""

    log_file: str
    line: int
    person: str
    show: Show
    episode: Episode | None
    at: int
    household: str
    agent: str
    status: int
    is_hls: bool
    first: int
    last: int
    file_size: int | None
    header_bytes: int
    rejected_by: str
    opens: set[str]


def read_log(path: Path, name: str, show: Show, people: Mapping[int, str]) -> list[Row]:
    """The readable lines of one file; the broken ones are those that have nobody behind them."""
    episodes = {media_key(f"https://{episode.file_path}"): episode for episode in show.episodes}
    rows = []
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file):
            if line in people:
                rows.append(_read_row(json.loads(text), name, line, people[line], show, episodes))
    return rows


def media_key(url: str) -> str:
    """Host and path in lower case, decoded once, without scheme, query and fragment."""
    bare = url.split("://", 1)[-1].split("#", 1)[0].split("?", 1)[0]
    return unquote(bare).lower()


def _read_row(item: dict[str, object], name: str, line: int, person: str, show: Show, episodes: Mapping[str, Episode]) -> Row:
    size = item["file_size"]
    file_size = size if isinstance(size, int) else None
    header = item["header_bytes"]
    asked, sent = item["range"], item["bytes_sent"]
    episode = episodes.get(media_key(str(item["url"])))
    # A log that names no size leaves the feed's word for it, as for the threshold.
    known_size = file_size if file_size is not None or episode is None else episode.file_size
    first, last = interval(asked if isinstance(asked, str) else None, sent if isinstance(sent, int) else None, known_size)
    agent, address = str(item["user_agent"]), str(item["ip"])
    status = int(str(item["status"]))
    return Row(
        log_file=name,
        line=line,
        person=person,
        show=show,
        episode=episode,
        at=round(datetime.fromisoformat(str(item["requested_at"])).timestamp() * 1_000),
        household=household_key(address),
        agent=agent,
        status=status,
        is_hls=item["is_hls"] is True,
        first=first,
        last=last,
        file_size=file_size,
        header_bytes=header if isinstance(header, int) else 0,
        rejected_by=reject(str(item["method"]), status, asked, agent, classify(address)),
        opens=set(),
    )


def reject(method: str, status: int, asked: object, agent: str, ip_class: str) -> str:
    """The first of the six rules that a line alone decides; empty where none does."""
    if method != "GET":
        return "method"
    if status not in (200, 206):
        return "status"
    if asked == "bytes=0-1":
        return "probe"
    kind = KINDS[agent]
    if kind == "bot":
        return "bot"
    if kind == "watch":
        return "watch"
    if ip_class in ("datacenter", "vpn"):
        return "datacenter"
    return ""


def interval(asked: str | None, sent: int | None, file_size: int | None) -> tuple[int, int]:
    """The inclusive interval that was sent. (0, -1) is empty: nothing sent, or a range that cannot be read."""
    end = None if file_size is None else file_size - 1
    if asked is None:
        if sent is not None:
            return 0, sent - 1
        return 0, -1 if end is None else end
    if not asked.startswith("bytes=") or "," in asked:
        return 0, -1
    low, dash, high = asked.removeprefix("bytes=").partition("-")
    if not dash or not (low + high).isdigit():
        return 0, -1
    if low == "":
        if file_size is None:
            return 0, -1
        start, stop = max(0, file_size - int(high)), file_size - 1
    else:
        start = int(low)
        limits = [value for value in (int(high) if high else None, end) if value is not None]
        stop = min(limits) if limits else start + (sent or 0) - 1
    return start, stop if sent is None else min(stop, start + sent - 1)
