"""Downloads out of requests: the three windows, the union of bytes, the threshold."""

from collections.abc import Iterator
from dataclasses import dataclass

from simulation.oracle.read import Row

DAY_MS = 24 * 60 * 60 * 1_000
WINDOWS = ("calendar", "first_touch", "last_touch")


@dataclass(frozen=True, slots=True)
class Download:
    """One window of one key. `spans` are its bytes as disjoint half-open intervals in order."""

    window: str
    rows: tuple[Row, ...]
    spans: tuple[tuple[int, int], ...]
    is_valid: bool

    @property
    def opening(self) -> Row:
        return self.rows[0]


def split(rows: list[Row], window: str) -> Iterator[list[Row]]:
    """The rows of one key, in order of time, cut into windows."""
    current: list[Row] = []
    for row in rows:
        if current and _is_over(current, row, window):
            yield current
            current = []
        current.append(row)
    if current:
        yield current


def _is_over(current: list[Row], row: Row, window: str) -> bool:
    if window == "calendar":
        return row.at // DAY_MS != current[0].at // DAY_MS
    # A request exactly 24 h later starts a new download in both rolling windows.
    since = current[0] if window == "first_touch" else current[-1]
    return row.at - since.at >= DAY_MS


def union(intervals: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Inclusive intervals into disjoint half-open ones: bytes sent twice are there once."""
    spans: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if last < first:
            continue
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last + 1))
        else:
            spans.append((first, last + 1))
    return tuple(spans)


def threshold(file_size: int | None, header_bytes: int, duration_s: int | None) -> int | None:
    """Bytes that make a download: the header and a minute, rounded up; the whole file where it lasts a minute at most.

    None where the size is unknown: no number of bytes is enough then.
    """
    if file_size is None:
        return None
    if duration_s is None or duration_s <= 60:
        return file_size
    return header_bytes + -(-60 * (file_size - header_bytes) // duration_s)


def judge(rows: list[Row], window: str) -> Download:
    """A window's rows into a download. A plain 200 outside HLS is valid; anything else must reach the threshold."""
    spans = union([(row.first, row.last) for row in rows])
    size, header = sizes(rows[0])
    episode = rows[0].episode
    needed = threshold(size, header, episode.duration_s if episode else None)
    is_valid = any(row.status == 200 and not row.is_hls for row in rows)
    if not is_valid and needed is not None:
        is_valid = sum(stop - start for start, stop in spans) >= needed
    return Download(window, tuple(rows), spans, is_valid)


def sizes(opening: Row) -> tuple[int | None, int]:
    """File and header size of a download: its first request's, else what the feed says of the enclosure."""
    if opening.file_size is not None:
        return opening.file_size, opening.header_bytes
    return (opening.episode.file_size if opening.episode else None), opening.header_bytes
