"""What requests wait for: a bounded queue of rows between the endpoints and whoever makes them durable."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.collector import metrics
from api.collector.batches import Batch, Line, Quarantined, Receipt, as_fault, count_receipts
from api.collector.protocol import RefusalError, UnavailableError
from api.collector.storage import Stored


@dataclass(slots=True)
class Work:
    """What one request waits for: all of it is durable, or none is acknowledged."""

    events: list[Stored]
    faults: list[Quarantined]
    receipt: Receipt | None
    size: int = 0
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def __post_init__(self) -> None:
        self.size = sum(len(event.line) for event in self.events) + sum(len(fault.original) for fault in self.faults)

    @property
    def rows(self) -> int:
        return len(self.events) + len(self.faults)


class WaitingQueue:
    """Bounded by rows and by bytes. Made inside the running event loop."""

    def __init__(self, max_rows: int, max_bytes: int) -> None:
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._waiting: deque[Work] = deque()
        self._rows = self._bytes = 0
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, work: Work) -> None:
        """Raises RefusalError (429) where the queue is full; an empty one takes any work: it would never fit otherwise."""
        if self._waiting and (self._rows + work.rows > self._max_rows or self._bytes + work.size > self._max_bytes):
            raise RefusalError(429, "queue_full", "found more events waiting than are held at once: send this again", retry_after=1)
        self._waiting.append(work)
        self._rows += work.rows
        self._bytes += work.size
        self._filled.set()

    async def filled(self) -> None:
        """Return when something waits, or nudge() was called."""
        if not self._waiting:
            self._filled.clear()
            await self._filled.wait()

    def nudge(self) -> None:
        self._filled.set()

    def take(self, max_bytes: int) -> list[Work]:
        """The oldest, at least one if there is any, of `max_bytes` together."""
        group: list[Work] = []
        size = 0
        while self._waiting and (not group or size + self._waiting[0].size <= max_bytes):
            work = self._waiting.popleft()
            self._rows -= work.rows
            self._bytes -= work.size
            size += work.size
            group.append(work)
        metrics.QUEUE_ROWS.set(self._rows)
        return group


def as_batch(group: Sequence[Work], run_id: str) -> Batch:
    """What `group` becomes when it is stored together; its lines are in the order of the group's events."""
    return Batch(
        lines=tuple(Line(event.target, event.line) for work in group for event in work.events),
        faults=tuple(
            as_fault(fault, None if work.receipt is None else work.receipt.received_at) for work in group for fault in work.faults
        ),
        receipts=count_receipts(work.receipt for work in group if work.receipt is not None),
        run_id=run_id,
    )


def acknowledge(group: Sequence[Work]) -> None:
    """Tell whoever waits that it is durable."""
    metrics.ACCEPTED.inc(sum(len(work.events) for work in group))
    metrics.QUARANTINED.inc(sum(len(work.faults) for work in group))
    for work in group:
        if not work.done.done():
            work.done.set_result(None)


def fail(group: Sequence[Work], reason: str) -> None:
    """Tell whoever waits to send it again."""
    for work in group:
        if not work.done.done():
            work.done.set_exception(UnavailableError(reason))
