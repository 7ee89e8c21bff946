"""The load and its ledger, in a process of its own: what was acknowledged is known by a file that nothing else writes.

One line per event, `<tenant> <message id> <attempts> <kind> <outcome>`; `acknowledged` only once the answer was read in full,
else `given_up:` and the last status or error.
"""

import contextlib
import http.client
import json
import multiprocessing
import os
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

SENDERS = 12
BATCH_SHARE = 0.3
LARGEST_BATCH = 40
# As the clients do: network errors, 5xx and 429 are sent again with the same id.
ATTEMPTS = 8
TIMEOUT = 15
ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` events a second over `ports`, by the write keys of the tenants 1, 2, … in turn. `retries` False: each is sent once."""

    ports: Sequence[int]
    write_keys: Sequence[str]
    rate: float
    seed: int
    ledger: Path
    retries: bool = True


class Running:
    """The load's process; leaving the block ends it when what is on its way was answered."""

    def __init__(self, load: Load) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop: Event = context.Event()
        self._process = context.Process(target=send, args=(load, self._stop), name="chaos-load")

    def __enter__(self) -> "Running":
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join(120)
        if self._process.exitcode != 0:
            raise RuntimeError(f"the load ended with {self._process.exitcode}, expected 0: its ledger is not whole")


def send(load: Load, stop: Event) -> None:
    """Send until `stop` is set. The ledger is fsynced every few milliseconds."""
    lock, lines, is_over = threading.Lock(), list[str](), threading.Event()

    def note(entries: list[str]) -> None:
        with lock:
            lines.extend(entries)

    def write() -> None:
        with load.ledger.open("a", encoding="utf-8") as ledger:
            last = False
            while not last:
                last = is_over.wait(0.02)
                with lock:
                    taken, lines[:] = list(lines), []
                if taken:
                    ledger.write("".join(taken))
                    ledger.flush()
                    os.fsync(ledger.fileno())

    senders = [threading.Thread(target=_send, args=(load, number, stop, note)) for number in range(SENDERS)]
    writer = threading.Thread(target=write)
    for thread in (writer, *senders):
        thread.start()
    for thread in senders:
        thread.join()
    is_over.set()
    writer.join()


def _send(load: Load, sender: int, stop: Event, note: Any) -> None:
    rng = random.Random(f"{load.seed}/{sender}")  # noqa: S311
    connections: dict[int, http.client.HTTPConnection] = {}
    sent, started = 0, time.monotonic()
    while not stop.is_set():
        due = started + (sent + 1) * SENDERS / load.rate
        if (wait := due - time.monotonic()) > 0:
            time.sleep(min(wait, 1))
            continue
        tenant = rng.randrange(len(load.write_keys))
        count = rng.randint(2, LARGEST_BATCH) if rng.random() < BATCH_SHARE else 1
        # The same ids for every tenant: one id in two tenants is two events.
        events = [_event(rng, f"{load.seed}-{sender}-{sent + n}") for n in range(count)]
        sent += count
        body: dict[str, Any] = {"writeKey": load.write_keys[tenant]}
        if count == 1:
            path, body = f"/v1/{events[0]['type']}", {**events[0], **body}
        else:
            # A row that cannot be used, among others that can.
            poison = [{"type": "track", "event": "nobody", "messageId": f"poison-{sender}-{sent}"}] if rng.random() < 0.1 else []
            path, body["batch"] = "/v1/batch", [*events, *poison]
        attempts, outcome = _deliver(load, rng, connections, path, json.dumps(body).encode())
        note([f"{tenant + 1} {e['messageId']} {attempts} {_kind(e)} {outcome}\n" for e in events])


def _deliver(
    load: Load, rng: random.Random, connections: dict[int, http.client.HTTPConnection], path: str, body: bytes
) -> tuple[int, str]:
    last = ""
    for attempt in range(1, (ATTEMPTS if load.retries else 1) + 1):
        port = load.ports[rng.randrange(len(load.ports))]
        connection = connections.setdefault(port, http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT))
        try:
            connection.request("POST", path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return attempt, ACKNOWLEDGED
            last = str(answer.status)
            if answer.status < 500 and answer.status != 429:
                raise RuntimeError(f"found the answer {answer.status}, expected 200, 429 or 5xx: a client would drop the event")
        except (OSError, http.client.HTTPException) as error:
            last = type(error).__name__
            with contextlib.suppress(OSError):
                connection.close()
        time.sleep(0.05 * attempt)
    return attempt, f"given_up:{last}"


def _event(rng: random.Random, message_id: str) -> dict[str, Any]:
    event: dict[str, Any] = {"messageId": message_id, "anonymousId": f"visitor-{rng.randrange(500)}"}
    if rng.random() < 0.2:
        return {
            **event, "type": "track", "event": "Order Completed",
            "properties": {"order_id": f"order-{message_id}", "total": "9.99", "currency": "USD"},
        }  # fmt: skip
    return {**event, "type": "page", "name": "Shop", "context": {"page": {"url": "https://shop.example/?utm_campaign=chaos"}}}


def _kind(event: dict[str, Any]) -> str:
    return "order" if event["type"] == "track" else "page"
