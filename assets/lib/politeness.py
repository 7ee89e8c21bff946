"""Many questions to many hosts, politely: few at once to one host, with a pause between them, and none to one that asked for rest.

No thread waits for a host while another host could be asked.
"""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Queue
from typing import Generic, TypeVar, cast

Task = TypeVar("Task")
Result = TypeVar("Result")
# Light results that a thread keeps before it wakes the consumer.
TOGETHER = 25


@dataclass(frozen=True)
class Manners:
    """`threads` at once in all and `per_host` at one host. After an answer that took t seconds, its place at the host rests for
    t × `rest_factor`, at least `least_rest_s` and at most `longest_rest_s`: a host that is slow is asked less."""

    threads: int = 8
    per_host: int = 2
    rest_factor: float = 1.0
    least_rest_s: float = 0.0
    longest_rest_s: float = 5.0


class HostRestsError(Exception):
    """Raised by a worker: the host wants to be left alone, and what is left for it in this run is given back unasked. `result` is
    this task's own."""

    def __init__(self, result: object) -> None:
        super().__init__("the host asked for a pause")
        self.result = result


def ask_politely(
    tasks: Iterable[tuple[Hashable, Task]],
    worker: Callable[[Task], Result],
    manners: Manners,
    skipped: Callable[[Task], Result],
    is_light: Callable[[Result], bool] = lambda _: False,
) -> Iterator[Result]:
    """`worker`'s result for each (host, task), in the order of the answers; `skipped`'s for those that a resting host leaves.

    As many results as there are threads wait at most, so that a slow consumer slows the asking and memory stays bounded; those
    that are `is_light` are handed over `TOGETHER` at a time: waking the consumer costs more than many of them.
    """
    line = _Line(tasks, manners)
    results: Queue[list[Result] | _Finished | BaseException] = Queue(manners.threads)

    def work() -> None:
        ready: list[Result] = []
        try:
            turn = line.take()
            while turn is not None:
                result = _one(turn, worker, skipped)
                ready.append(result)
                finished = time.monotonic()
                if len(ready) >= TOGETHER or not is_light(result):
                    # Before the result is heard: a host is not to wait for what is done with its answer.
                    line.give_back(turn, finished)
                    results.put(ready)
                    ready = []
                    turn = line.take()
                else:
                    turn = line.exchange(turn, finished)
            results.put(ready)
        except BaseException as error:
            results.put(error)
        results.put(_Finished())

    with ThreadPoolExecutor(manners.threads, thread_name_prefix="polite") as executor:
        working = manners.threads
        try:
            for _ in range(working):
                executor.submit(work)
            while working:
                handed = results.get()
                if isinstance(handed, _Finished):
                    working -= 1
                elif isinstance(handed, BaseException):
                    raise handed
                else:
                    yield from handed
        finally:
            # The consumer left early, or a worker broke: the others end after what they are at, and none waits to be heard.
            line.close()
            while working:
                working -= isinstance(results.get(), _Finished)


class _Finished:
    """A thread has nothing more to do."""


@dataclass
class _Turn(Generic[Task]):
    task: Task
    place: "_Place[Task]"
    started: float


@dataclass
class _Place(Generic[Task]):
    """One of the few that may be at a host at once; `waiting` is shared with the host's others."""

    waiting: deque[Task]
    is_resting: threading.Event


def _one(turn: "_Turn[Task]", worker: Callable[[Task], Result], skipped: Callable[[Task], Result]) -> Result:
    # One that was taken before the host asked for its rest, and not yet asked.
    if turn.place.is_resting.is_set():
        return skipped(turn.task)
    try:
        return worker(turn.task)
    except HostRestsError as rest:
        turn.place.is_resting.set()
        return cast(Result, rest.result)


class _Line(Generic[Task]):
    """Who may ask next."""

    def __init__(self, tasks: Iterable[tuple[Hashable, Task]], manners: Manners) -> None:
        self._manners = manners
        self._changed = threading.Condition()
        hosts: dict[Hashable, deque[Task]] = {}
        for host, task in tasks:
            hosts.setdefault(host, deque()).append(task)
        # Places that were not taken yet, and those that were, by the moment from which each is free again.
        self._fresh: deque[_Place[Task]] = deque()
        self._free: list[tuple[float, int, _Place[Task]]] = []
        self._number = 0
        for waiting in hosts.values():
            resting = threading.Event()
            self._fresh.extend(_Place(waiting, resting) for _ in range(min(manners.per_host, len(waiting))))
        self._out = 0
        self._is_closed = False

    def _push(self, at: float, place: "_Place[Task]") -> None:
        # The number keeps the order of equal times: hosts take turns.
        self._number += 1
        heapq.heappush(self._free, (at, self._number, place))

    def take(self) -> "_Turn[Task] | None":
        """The next turn, as soon as there is one; None when nothing is left."""
        with self._changed:
            return self._next()

    def give_back(self, turn: "_Turn[Task]", finished: float) -> None:
        with self._changed:
            self._returned(turn, finished)

    def exchange(self, turn: "_Turn[Task]", finished: float) -> "_Turn[Task] | None":
        """Both at once, under one lock."""
        with self._changed:
            self._returned(turn, finished)
            return self._next()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _returned(self, turn: "_Turn[Task]", finished: float) -> None:
        rest = (finished - turn.started) * self._manners.rest_factor
        rest = max(self._manners.least_rest_s, min(rest, self._manners.longest_rest_s))
        self._out -= 1
        if turn.place.waiting:
            self._push(finished + rest, turn.place)
        if not self._out and not self._free:
            self._changed.notify_all()
        else:
            self._changed.notify()

    def _next(self) -> "_Turn[Task] | None":
        while not self._is_closed:
            while self._free and not self._free[0][2].waiting:
                heapq.heappop(self._free)
            while self._fresh and not self._fresh[0].waiting:
                self._fresh.popleft()
            wait = self._wait()
            # A host that was begun with is gone on with: its connections are open, and few hosts are under way at once.
            if wait is not None and wait <= 0:
                return self._turn(heapq.heappop(self._free)[2])
            if self._fresh:
                return self._turn(self._fresh.popleft())
            if wait is None and not self._out:
                self._changed.notify_all()
                return None
            # A turn that is out may come back with more.
            self._changed.wait(wait)
        return None

    def _wait(self) -> float | None:
        if not self._free:
            return None
        at, _, place = self._free[0]
        return 0.0 if place.is_resting.is_set() else at - time.monotonic()

    def _turn(self, place: "_Place[Task]") -> "_Turn[Task]":
        self._out += 1
        return _Turn(place.waiting.popleft(), place, time.monotonic())
