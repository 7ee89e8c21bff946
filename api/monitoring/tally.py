"""Answers and page loads of one process, counted by minute in memory until they are added to ops.served_minutes.

A bucket is a step of 2^(1/4): two processes' counts add up, and a percentile read from them is within 19 % of the true one.
"""

import math
import time
from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["api", "pages", "loads"]
Outcome = Literal["ok", "refused", "failed"]
BUCKETS_PER_DOUBLING = 4
# 2^(68/4) ms is 131 s: what takes longer is counted as that.
LAST_BUCKET = 68
# Names come from route templates; this is what holds if one ever does not.
MOST_CELLS = 20_000


class Cell(NamedTuple):
    """What is counted together: the minute as seconds since 1970, and the rest as the columns of ops.served_minutes."""

    minute: int
    kind: Kind
    name: str
    outcome: Outcome
    bucket: int


class Tally:
    """Used by one event loop alone: no lock, one look-up and one addition for each answer."""

    def __init__(self) -> None:
        self._counts: dict[Cell, int] = {}

    def note(self, kind: Kind, name: str, outcome: Outcome, seconds: float) -> None:
        cell = Cell(int(time.time() // 60) * 60, kind, name, outcome, bucket_of(seconds))
        if cell in self._counts or len(self._counts) < MOST_CELLS:
            self._counts[cell] = self._counts.get(cell, 0) + 1

    def take(self) -> dict[Cell, int]:
        """Everything counted so far, which is the caller's from then on."""
        taken, self._counts = self._counts, {}
        return taken

    def give_back(self, counts: Mapping[Cell, int]) -> None:
        """What could not be kept elsewhere waits for the next time."""
        for cell, count in counts.items():
            if cell in self._counts or len(self._counts) < MOST_CELLS:
                self._counts[cell] = self._counts.get(cell, 0) + count


def bucket_of(seconds: float) -> int:
    """The number of the bucket: b holds more than 2^((b-1)/4) ms up to 2^(b/4) ms, 0 whatever is 1 ms or less."""
    ms = seconds * 1000
    return 0 if ms <= 1 else min(LAST_BUCKET, math.ceil(BUCKETS_PER_DOUBLING * math.log2(ms)))


def outcome_of(status: int) -> Outcome:
    """`failed` is our fault, `refused` the caller's. 0: the caller went away before the answer began."""
    return "failed" if status >= 500 else "refused" if status >= 400 else "ok"
