"""A world's events sent to a collector by HTTP, as the clients would: browsers one by one, servers in batches."""

import base64
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.clock import SECOND, iso
from simulation.wire import Wire, WireError

BATCH_SIZE = 100
CONNECTIONS = 48
ATTEMPTS = 8
PROGRESS_SECONDS = 1.0


class ReplayError(RuntimeError):
    """The collector refused something or could not be reached; the message says what and how often."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One POST: its events' lines of `events.jsonl`, all of one client."""

    route: str
    write_key: str
    address: str
    agent: str
    origin: str | None
    is_gpc: bool
    clock_skew: int
    bodies: tuple[str, ...]

    def encode(self, moment: int) -> bytes:
        """The body as sent at `moment` (milliseconds UTC): `sentAt` is the client's clock then, so that its skew cancels out."""
        sent_at = iso(moment + self.clock_skew)
        if self.origin is None:
            return f'{{"batch":[{",".join(self.bodies)}],"sentAt":"{sent_at}"}}'.encode()
        return f'{self.bodies[0][:-1]},"sentAt":"{sent_at}"}}'.encode()

    def headers(self) -> dict[str, str]:
        key = base64.b64encode(f"{self.write_key}:".encode()).decode()
        headers = {"Authorization": f"Basic {key}", "User-Agent": self.agent, "X-Forwarded-For": self.address}
        if self.origin is None:
            return headers | {"Content-Type": "application/json"}
        # Browsers send JSON as text/plain.
        headers |= {"Content-Type": "text/plain;charset=UTF-8", "Origin": self.origin}
        return headers | {"Sec-GPC": "1"} if self.is_gpc else headers


def shipments(path: Path) -> Iterator[Shipment]:
    """What to send, in order of delivery; a server's events wait until its batch is full or the file ends."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    with path.open(encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            if not line["batch"]:
                yield _shipment([line])
                continue
            batch = waiting.setdefault(line["write_key"], [])
            batch.append(line)
            if len(batch) == BATCH_SIZE:
                yield _shipment(batch)
                waiting[line["write_key"]] = []
    for batch in waiting.values():
        if batch:
            yield _shipment(batch)


def _shipment(lines: list[dict[str, Any]]) -> Shipment:
    first = lines[0]
    return Shipment(
        route=first["route"],
        write_key=first["write_key"],
        address=first["ip"],
        agent=first["user_agent"],
        origin=first["origin"],
        is_gpc=first["body"].get("context", {}).get("gpc") is True,
        clock_skew=first["clock_skew_ms"],
        bodies=tuple(json.dumps(line["body"], ensure_ascii=False, separators=(",", ":")) for line in lines),
    )


def replay(world: Path, collector: str, progress: Callable[[str], None] = lambda line: None, connections: int = CONNECTIONS) -> int:
    """Send all events of a world; returns how many were acknowledged. Raises ReplayError unless every one was (answer 200)."""
    sender = _Sender(collector, connections)
    sender.start()
    started = shown = time.monotonic()
    total = 0
    for shipment in shipments(Path(world) / "events.jsonl"):
        if not sender.put(shipment):
            break
        total += len(shipment.bodies)
        if time.monotonic() - shown >= PROGRESS_SECONDS:
            shown = time.monotonic()
            progress(f"{sender.acknowledged} events acknowledged after {shown - started:.0f} s")
    sender.finish()
    if sender.faults:
        count = f"{sender.acknowledged} of {total} events were acknowledged by {collector}"
        examples = "; ".join(sender.faults[:3])
        raise ReplayError(f"{count}; {len(sender.faults)} answers were not 200: {examples}")
    progress(f"{sender.acknowledged} events acknowledged in {time.monotonic() - started:.1f} s")
    return sender.acknowledged


class _Sender:
    """A few threads with a connection each, fed by a bounded queue. Too many faults and it stops taking more."""

    MOST_FAULTS = 20

    def __init__(self, collector: str, connections: int) -> None:
        self.acknowledged = 0
        self.faults: list[str] = []
        self._collector = collector
        self._queue: queue.Queue[Shipment | None] = queue.Queue(maxsize=connections * 50)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(connections)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def put(self, shipment: Shipment) -> bool:
        """Hand over one POST; False once there were too many faults to go on."""
        self._queue.put(shipment)
        return len(self.faults) < self.MOST_FAULTS

    def finish(self) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        with Wire(self._collector) as wire:
            while (shipment := self._queue.get()) is not None:
                if len(self.faults) >= self.MOST_FAULTS:
                    continue
                fault = send(wire, shipment)
                with self._lock:
                    if fault is None:
                        self.acknowledged += len(shipment.bodies)
                    else:
                        self.faults.append(fault)


def send(wire: Wire, shipment: Shipment) -> str | None:
    """Send one POST as clients do; None where it was acknowledged, else the fault.

    Faults of the network, 429 and 5xx are tried again with the same message ids; any other answer is final.
    """
    fault = ""
    for attempt in range(ATTEMPTS):
        try:
            status, headers, body = wire.post(shipment.route, shipment.headers(), shipment.encode(round(time.time() * SECOND)))
        except WireError as error:
            fault = str(error)
            time.sleep(min(2.0, 0.05 * 2**attempt))
            continue
        if status == 200:
            return None
        fault = f"{shipment.route} was answered with {status}: {body[:200].decode(errors='replace')}"
        if status != 429 and status < 500:
            return fault
        after = headers.get("retry-after", "")
        time.sleep(min(5.0, float(after) if after.isdigit() else 0.1 * 2**attempt))
    return fault
