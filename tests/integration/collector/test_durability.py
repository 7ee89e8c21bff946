"""What was acknowledged is on disk: behind a full queue, with a row that the database refuses, and after kill -9."""

import asyncio
import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.collector.batches import Quarantined, Receipt
from api.collector.draining import Drainer
from api.collector.protocol import RefusalError
from api.collector.spooling import Spooling
from api.collector.storage import Stored
from api.collector.writer import GroupWriter, Limits

KEY = "hrw_integration_0000000000"
SITE = "00000000-0000-0000-0000-000000000001"
RECEIPT = Receipt(1, SITE, "2026-01-31T08:30:00+00:00", 1)
# The fixture `collector` of conftest.py, whose type cannot be imported from here.
Collector = Any


def body(message_id: str) -> bytes:
    return json.dumps({"writeKey": KEY, "messageId": message_id, "userId": "u", "event": "e"}).encode()


@pytest.mark.slow
def test_kill_9_under_load_loses_no_acknowledged_event(collector: Collector) -> None:
    ledger: list[str] = []
    stop = threading.Event()

    def send(sender: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=5)
        number = 0
        while not stop.is_set():
            number += 1
            message_id = f"{sender}-{number}"
            try:
                connection.request("POST", "/v1/track", body(message_id))
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    ledger.append(message_id)  # only now: the answer was read in full
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.02)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for sender in senders:
        sender.start()

    def acknowledged(count: int) -> None:
        deadline = time.monotonic() + 60
        while len(ledger) < count:
            assert time.monotonic() < deadline, f"found {len(ledger)} acknowledged events, expected {count}"
            time.sleep(0.01)

    moments = random.Random(20260101)  # noqa: S311
    for _ in range(3):
        acknowledged(len(ledger) + 40)
        time.sleep(moments.random())
        collector.kill()
        collector.start()
    acknowledged(len(ledger) + 1)
    stop.set()
    for sender in senders:
        sender.join()
    assert len(ledger) > 100
    deadline = time.monotonic() + 60
    # What was spooled beside a database that was just being connected to is drained within a moment.
    while (missing := set(ledger) - set(collector.message_ids())) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert missing == set()


def line(message_id: str, kind: str = "track") -> bytes:
    values = ["1", SITE, "2026-01-31T08:30:00+00:00", message_id, kind, *[r"\N"] * 5, "{}", "{}", r"\\x00", *[r"\N"] * 2, "unknown"]
    return ("\t".join([*values, *[r"\N"] * 3, "t", "run", "unsigned", r"\N", r"\N"]) + "\n").encode()


def stored(message_id: str, kind: str = "track") -> Stored:
    return Stored(line(message_id, kind), lambda code, reason: Quarantined(1, code, reason, message_id.encode(), {}))


@contextlib.asynccontextmanager
async def ready_writer(url: str, folder: Path, rows: int = 100, commit_seconds: float = 5) -> AsyncIterator[GroupWriter]:
    spooling = Spooling(folder, "test", 10**6)
    await spooling.open()
    writer = GroupWriter(url, "run", spooling, Limits(rows=rows, commit_seconds=commit_seconds))
    drainer = Drainer(url, writer, spooling)
    await until_up(writer)
    try:
        yield writer
    finally:
        await drainer.close()
        await writer.close()
        await drainer.finish()
        await spooling.close()


async def until_up(writer: GroupWriter) -> None:
    async with asyncio.timeout(30):
        while not writer.is_up:
            await asyncio.sleep(0.01)


def test_a_row_that_the_database_refuses_is_quarantined_alone(database_url: str, sites: None, tmp_path: Path) -> None:
    """Validation should leave none; this one stands for the rule that was forgotten."""

    async def scenario() -> None:
        async with ready_writer(database_url, tmp_path) as writer:
            groups = [[stored("a"), stored("bad", kind="nonsense"), stored("b")], [stored("c")], [stored("x" * 101), stored("d")]]
            await asyncio.gather(*(writer.commit(group, []) for group in groups))

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        ids = connection.execute("select message_id from raw.collector_events order by 1").fetchall()
        kept = connection.execute("select reason_code, original, tenant_id from raw.quarantine order by quarantine_id").fetchall()
    assert ids == [("a",), ("b",), ("c",), ("d",)]
    assert kept == [("refused_by_database", b"bad", 1), ("refused_by_database", b"x" * 101, 1)]


def test_a_full_queue_refuses_for_now_and_holds_no_more(database_url: str, sites: None, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ready_writer(database_url, tmp_path, rows=10) as writer:
            # None of these yields to the writer before it waits: the queue fills up in one turn of the loop.
            waiting = [asyncio.create_task(writer.commit([stored(f"{n}")], [])) for n in range(25)]
            results = await asyncio.gather(*waiting, return_exceptions=True)
            refused = [result for result in results if isinstance(result, RefusalError)]
            assert {(r.status, r.retry_after) for r in refused} == {(429, 1)}
            assert len(refused) == 15 and results.count(None) == 10
            # A single batch that is larger than the queue is taken when the queue is empty: it would never fit otherwise.
            await writer.commit([stored(f"large-{n}") for n in range(50)], [])

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from raw.collector_events").fetchone() == (60,)


def test_a_commit_that_hangs_goes_to_the_spool_and_is_stored_once(database_url: str, sites: None, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ready_writer(database_url, tmp_path, commit_seconds=0.5) as writer:
            with psycopg.connect(database_url) as blocker:
                blocker.execute("lock table raw.collector_events in access exclusive mode")
                await writer.commit([stored("blocked")], [], RECEIPT)
                assert len(list(tmp_path.glob("*.spool"))) == 1
            await until_up(writer)
            await writer.commit([stored("after")], [], RECEIPT)

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select message_id from raw.collector_events order by 1").fetchall() == [("after",), ("blocked",)]
        assert connection.execute("select sum(received_count)::int from raw.collector_receipts").fetchone() == (2,)
    assert list(tmp_path.glob("*.spool*")) == []


def test_partitions_are_there_before_their_day(database_url: str, sites: None, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with ready_writer(database_url, tmp_path):
            pass

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        count = connection.execute(
            "select count(*) from pg_inherits where inhparent = 'raw.collector_events'::regclass "
            "and inhrelid::regclass::text <> 'raw.collector_events_default'"
        ).fetchone()
    assert count == (8,)


def test_received_is_what_was_split_in_the_transaction_of_its_events(collector: Collector) -> None:
    """An event that is quarantined is received all the same; one site's minute is one row of a commit."""
    events = [{"type": "track", "userId": "u", "event": "e", "messageId": f"m{n}"} for n in range(3)]
    broken = {"type": "track", "messageId": "broken"}
    batch = json.dumps({"writeKey": KEY, "batch": [*events, broken]}).encode()
    assert collector.client.post("/v1/batch", content=batch).status_code == 200
    assert collector.client.post("/v1/track", content=body("single")).status_code == 200
    assert collector.rows("select sum(received_count)::int, count(*) from raw.collector_receipts") == [(5, 2)]
    assert collector.rows(
        "select count(distinct xact)::int from (select xact from raw.collector_receipts union all "
        "select xact from raw.collector_events union all select xact from raw.quarantine) as x"
    ) == [(2,)]
    assert len(collector.message_ids()) == 4 and len(collector.quarantined()) == 1
