"""The requests that a session leaves in a CDN's log: one GET, a player's ranges, a probe, a retry, a file given up."""

from random import Random
from typing import NamedTuple

from simulation.clock import MINUTE, SECOND
from simulation.model import Episode, Session, Show

PROBE = "bytes=0-1"


class Request(NamedTuple):
    """One line of a log before it is written. `path` is host and path; `sizes` are the file's and its header's, or None."""

    moment: int
    address: str
    agent: str
    method: str
    status: int
    range_header: str | None
    bytes_sent: int | None
    path: str
    referer: str | None
    file_size: int | None
    header_bytes: int | None
    is_hls: bool
    person: str


def requests_of(session: Session, show: Show, rng: Random) -> list[Request]:
    """The session's requests in the order in which they were made."""
    episode = show.episodes[session.episode]
    make = _Maker(session, show, episode)
    course = session.course
    size = episode.file_size
    if course == "chunks":
        return _chunks(make, size, size, rng)
    if course == "partial":
        return _chunks(make, size, rng.randrange(size // 50, size), rng)
    if course == "open":
        return [make.ranged("bytes=0-", size)]
    if course == "head":
        return [make.other("HEAD", 200), make.plain(size, SECOND)]
    if course == "revisit":
        return [make.plain(size), make.other("GET", 304, rng.randrange(10, 600) * MINUTE)]
    if course == "retry":
        stop = rng.randrange(size // 20, size - 10)
        # The second attempt overlaps the first by some bytes: the union counts them once.
        resume = max(0, stop - rng.choice((0, 0, 1_000, 65_536)))
        return [make.ranged("bytes=0-", stop), make.ranged(f"bytes={resume}-", size - resume, 7 * SECOND)]
    if course == "aborted":
        return [make.ranged(PROBE, 2), make.ranged("bytes=0-", rng.randrange(1_000, min(size, 900_000)), SECOND)]
    if course == "cut":  # a 200 whose client hung up: a download by the rule, but most of its ads were not sent
        return [make.plain(rng.randrange(20_000, size))]
    if course == "hls":
        return [make.plain(rng.randrange(10_000, size), is_hls=True)]
    if course == "odd":
        return _odd(make, size, rng)
    return [make.plain(None if rng.random() < 0.01 else size)]


def _odd(make: "_Maker", size: int, rng: Random) -> list[Request]:
    """Ranges that few players send: the file's end, several at once, one that cannot be read."""
    kind = rng.randrange(4)
    if kind == 0:
        return [make.ranged("bytes=-500000", min(500_000, size)), make.ranged("bytes=0-1999999", min(2_000_000, size), SECOND)]
    if kind == 1:
        return [make.ranged("bytes=0-499999,600000-2999999", min(2_900_000, size))]
    if kind == 2:
        return [make.ranged("bytes=abc-", size)]
    return [
        make.ranged("bytes=100000-", min(1_000_000, size - 100_000)),
        make.ranged("bytes=0-99999", min(100_000, size), 2 * SECOND),
    ]


def _chunks(make: "_Maker", size: int, end: int, rng: Random) -> list[Request]:
    """A progressive player: a probe, then ranges that touch or overlap, up to `end`; the last one may be cut short."""
    requests = [make.ranged(PROBE, 2)]
    count = rng.choice((2, 3, 3, 4))
    start, offset = 0, 200
    for number in range(count):
        stop = end - 1 if number == count - 1 else start + (end - start) // (count - number)
        asked = size - 1 if number == count - 1 and end < size else stop
        requests.append(make.ranged(f"bytes={start}-{asked}", stop - start + 1, offset))
        start = max(0, stop + 1 - (rng.choice((0, 0, 0, 4_096))))
        offset += rng.randrange(2, 300) * SECOND
        if start >= end:
            break
    return requests


class _Maker:
    """Fills in what all requests of a session share."""

    __slots__ = ("agent", "base", "file_size", "header_bytes", "path", "person", "referer", "session")

    def __init__(self, session: Session, show: Show, episode: Episode) -> None:
        self.session = session
        self.base = session.moment
        self.agent = session.device.agent
        self.path = episode.file_path
        self.person = session.person.name
        self.file_size = episode.file_size if show.logs_sizes else None
        self.header_bytes = episode.header_bytes if show.logs_sizes else None
        self.referer = f"https://{show.slug}.example/" if self.agent.startswith("Mozilla") else None

    def _request(self, method: str, status: int, header: str | None, sent: int | None, offset: int, is_hls: bool) -> Request:
        return Request(
            self.base + offset, self.session.address, self.agent, method, status, header, sent, self.path, self.referer,
            self.file_size, self.header_bytes, is_hls, self.person,
        )  # fmt: skip

    def plain(self, sent: int | None, offset: int = 0, is_hls: bool = False) -> Request:
        return self._request("GET", 200, None, sent, offset, is_hls)

    def ranged(self, header: str, sent: int, offset: int = 0) -> Request:
        return self._request("GET", 206, header, sent, offset, False)

    def other(self, method: str, status: int, offset: int = 0) -> Request:
        return self._request(method, status, None, 0, offset, False)
