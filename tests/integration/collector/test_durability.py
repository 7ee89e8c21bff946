"""What was acknowledged is on disk: without the database, behind a full queue, with a row it refuses, and after kill -9."""

import asyncio
import http.client
import json
import random
import threading
import time
from typing import Any

import psycopg
import pytest

from api.collector.protocol import RefusalError, UnavailableError
from api.collector.storage import Quarantined, Stored
from api.collector.writer import GroupWriter

KEY = "hrw_integration_0000000000"
SITE = "00000000-0000-0000-0000-000000000001"
# The fixture `collector` of conftest.py, whose type cannot be imported from here.
Collector = Any


def body(message_id: str) -> bytes:
    return json.dumps({"writeKey": KEY, "messageId": message_id, "userId": "u", "event": "e"}).encode()


def test_with_the_database_away_nothing_is_acknowledged_and_afterwards_everything_is(collector: Collector, server_url: str) -> None:
    name = collector.database_url.rpartition("/")[2]
    assert collector.client.post("/v1/track", content=body("before")).status_code == 200
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f'alter database "{name}" with allow_connections false')
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        for _ in range(3):
            answer = collector.client.post("/v1/track", content=body("away"))
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1 and set(answer.json()) == {"code", "message"}
        assert collector.client.get("/readyz").status_code == 503
        assert collector.client.get("/livez").status_code == 200
        assert collector.client.get(f"/v1/pixel/track?userId=u&event=e&writeKey={KEY}").status_code == 200
        server.execute(f'alter database "{name}" with allow_connections true')
    collector.wait_for(200)
    assert collector.client.post("/v1/track", content=body("after")).status_code == 200
    assert collector.message_ids() == ["before", "after"]
    assert collector.refusals()["database_away"] == 4


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
    moments = random.Random(20260101)  # noqa: S311
    for _ in range(3):
        time.sleep(0.3 + moments.random())
        collector.kill()
        collector.start()
    time.sleep(0.3)
    stop.set()
    for sender in senders:
        sender.join()
    stored = set(collector.message_ids())
    assert len(ledger) > 100
    assert set(ledger) <= stored


def line(message_id: str, kind: str = "track") -> bytes:
    values = ["1", SITE, "2026-01-31T08:30:00+00:00", message_id, kind, *[r"\N"] * 5, "{}", "{}", r"\\x00", *[r"\N"] * 2, "unknown"]
    return ("\t".join([*values, *[r"\N"] * 3, "t", "run"]) + "\n").encode()


def stored(message_id: str, kind: str = "track") -> Stored:
    return Stored(line(message_id, kind), lambda code, reason: Quarantined(1, code, reason, message_id.encode(), {}))


async def ready_writer(url: str, max_rows: int = 100, max_bytes: int = 10**6) -> GroupWriter:
    writer = GroupWriter(url, "run", writers=1, max_rows=max_rows, max_bytes=max_bytes, commit_seconds=5)
    async with asyncio.timeout(30):
        while not writer.is_up:
            await asyncio.sleep(0.01)
    return writer


def test_a_row_that_the_database_refuses_is_quarantined_alone(database_url: str, sites: None) -> None:
    """Validation should leave none; this one stands for the rule that was forgotten."""

    async def scenario() -> None:
        writer = await ready_writer(database_url)
        groups = [[stored("a"), stored("bad", kind="nonsense"), stored("b")], [stored("c")], [stored("x" * 101), stored("d")]]
        await asyncio.gather(*(writer.commit(group, []) for group in groups))
        await writer.close()

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        ids = connection.execute("select message_id from raw.collector_events order by 1").fetchall()
        kept = connection.execute("select reason_code, original, tenant_id from raw.quarantine order by quarantine_id").fetchall()
    assert ids == [("a",), ("b",), ("c",), ("d",)]
    assert kept == [("refused_by_database", b"bad", 1), ("refused_by_database", b"x" * 101, 1)]


def test_a_full_queue_refuses_for_now_and_holds_no_more(database_url: str, sites: None) -> None:
    async def scenario() -> None:
        writer = await ready_writer(database_url, max_rows=10)
        # None of these yields to the writer before it waits: the queue fills up in one turn of the loop.
        waiting = [asyncio.create_task(writer.commit([stored(f"{n}")], [])) for n in range(25)]
        results = await asyncio.gather(*waiting, return_exceptions=True)
        refused = [result for result in results if isinstance(result, RefusalError)]
        assert {(r.status, r.retry_after) for r in refused} == {(429, 1)}
        assert len(refused) == 15 and results.count(None) == 10
        # A single batch that is larger than the queue is taken when the queue is empty: it would never fit otherwise.
        await writer.commit([stored(f"large-{n}") for n in range(50)], [])
        await writer.close()

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from raw.collector_events").fetchone() == (60,)


def test_a_commit_that_hangs_is_not_acknowledged(database_url: str, sites: None) -> None:
    async def scenario() -> None:
        writer = await ready_writer(database_url)
        writer._commit_seconds = 0.5
        with psycopg.connect(database_url) as blocker:
            blocker.execute("lock table raw.collector_events in access exclusive mode")
            with pytest.raises(UnavailableError):
                await writer.commit([stored("blocked")], [])
        async with asyncio.timeout(20):
            while not writer.is_up:
                await asyncio.sleep(0.01)
            await writer.commit([stored("after")], [])
        await writer.close()

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select message_id from raw.collector_events").fetchall() == [("after",)]


def test_partitions_are_there_before_their_day(database_url: str, sites: None) -> None:
    async def scenario() -> None:
        await (await ready_writer(database_url)).close()

    asyncio.run(scenario())
    with psycopg.connect(database_url) as connection:
        count = connection.execute(
            "select count(*) from pg_inherits where inhparent = 'raw.collector_events'::regclass "
            "and inhrelid::regclass::text <> 'raw.collector_events_default'"
        ).fetchone()
    assert count == (8,)
