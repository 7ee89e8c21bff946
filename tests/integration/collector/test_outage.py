"""While the database is away an acknowledgement means the spool, and afterwards everything is in the database once."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.collector.batches import Batch, Line, Received, Target
from api.collector.storage import store

KEY = "hrw_integration_0000000000"
SITE = "00000000-0000-0000-0000-000000000001"
Collector = Any


def body(message_id: str, **more: Any) -> bytes:
    return json.dumps({"writeKey": KEY, "messageId": message_id, "userId": "u", "event": "e", **more}).encode()


@contextlib.contextmanager
def away(collector: Collector, server_url: str) -> Iterator[None]:
    """Nobody gets a connection, and those that stand are cut."""
    name = collector.database_url.rpartition("/")[2]
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f'alter database "{name}" with allow_connections false')
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        try:
            yield
        finally:
            server.execute(f'alter database "{name}" with allow_connections true')


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_events_are_spooled_and_drained_once(collector: Collector, server_url: str) -> None:
    assert collector.client.post("/v1/track", content=body("before")).status_code == 200
    batch = [
        {"type": "track", "userId": "u", "event": "e", "messageId": f"b{n}", "context": {"ip": "203.0.113.77"}} for n in range(3)
    ]
    broken = {"type": "track", "messageId": "broken", "event": "from 203.0.113.77"}
    with away(collector, server_url):
        for number in range(3):
            assert collector.client.post("/v1/track", content=body(f"away{number}")).status_code == 200
        text = json.dumps({"writeKey": KEY, "batch": [*batch, broken]}).encode()
        assert collector.client.post("/v1/batch", content=text, headers={"x-forwarded-for": "198.51.100.23"}).status_code == 200
        assert collector.client.get(f"/v1/pixel/track?userId=u&event=e&writeKey={KEY}&messageId=px").status_code == 200
        # A key that was never seen may be a good one: its events are asked for again, never dropped.
        answer = collector.client.post("/v1/track", content=body("x").replace(KEY.encode(), b"hrw_never_seen_0000000000"))
        assert (answer.status_code, int(answer.headers["retry-after"]) >= 1) == (503, True)
        assert collector.client.get("/readyz").status_code == 200
        files = b"".join(path.read_bytes() for path in collector.spool.iterdir())
        assert b"away1" in files and b"203.0.113.77" not in files and b"198.51.100.23" not in files
    expected = ["away0", "away1", "away2", "b0", "b1", "b2", "before", "px"]
    wait_until(lambda: sorted(collector.message_ids()) == expected)
    # Nor does it come a second time: whatever is in the spool is known by its number.
    time.sleep(1.5)
    assert sorted(collector.message_ids()) == expected
    assert [code for code, _ in collector.quarantined()] == ["no_identity"]
    assert collector.rows("select sum(received_count)::int from raw.collector_receipts") == [(9,)]


def test_the_spool_of_a_killed_process_is_adopted_by_the_next(
    collector: Collector, make_collector: Callable[..., Collector], server_url: str
) -> None:
    assert collector.client.post("/v1/track", content=body("before")).status_code == 200
    sibling = make_collector()
    with away(collector, server_url):
        assert collector.client.post("/v1/track", content=body("spooled")).status_code == 200
        collector.kill(signal.SIGKILL)
        assert len(list(collector.spool.glob("*.spool"))) == 2
    # The sibling finds it by itself.
    wait_until(lambda: sorted(sibling.message_ids()) == ["before", "spooled"])
    wait_until(lambda: len(list(collector.spool.glob("*.spool"))) == 1)


def test_a_process_that_starts_while_the_database_is_away_knows_the_keys(collector: Collector, server_url: str) -> None:
    assert collector.client.post("/v1/track", content=body("before")).status_code == 200
    with away(collector, server_url):
        assert collector.client.post("/v1/track", content=body("first")).status_code == 200
        # SIGTERM: what was acknowledged stays in the spool, and the next process takes it over.
        collector.kill(signal.SIGTERM)
        collector.start()
        assert collector.client.post("/v1/track", content=body("second")).status_code == 200
        assert (
            collector.client.post("/v1/track", content=body("x").replace(KEY.encode(), b"hrw_never_seen_0000000000")).status_code
            == 503
        )
    wait_until(lambda: sorted(collector.message_ids()) == ["before", "first", "second"])


def test_a_full_spool_answers_503(sites: None, make_collector: Callable[..., Collector], server_url: str) -> None:
    collector = make_collector(HOSTREAD_COLLECTOR_SPOOL_BYTES="1000000")
    assert collector.client.post("/v1/track", content=body("before")).status_code == 200
    with away(collector, server_url):
        answers = [collector.client.post("/v1/track", content=body(f"m{n}", properties={"x": "y" * 30_000})) for n in range(50)]
        taken = [answer.status_code for answer in answers].count(200)
        assert {answer.status_code for answer in answers} == {200, 503} and 20 < taken < 40
        assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
        wait_until(lambda: collector.client.get("/livez").status_code == 200)
    wait_until(lambda: len(collector.message_ids()) == taken + 1)
    assert collector.client.post("/v1/track", content=body("after")).status_code == 200


def test_a_spool_of_another_database_is_left_alone(collector: Collector, server_url: str) -> None:
    """Tests, stagings and tenants' own installations may share a disk: events go to the database that they were meant for."""
    assert collector.client.post("/v1/track", content=body("before")).status_code == 200
    with away(collector, server_url):
        assert collector.client.post("/v1/track", content=body("spooled")).status_code == 200
        collector.kill()
    path = next(collector.spool.glob("*.spool"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as spool:
        spool.execute("update facts set value = 'another/database' where name = 'identity'")
    collector.start()
    wait_until(lambda: "spool_of_another_database" in collector.log.read_text())
    assert collector.message_ids() == ["before"] and path.exists()


def test_a_damaged_spool_stops_nobody_and_is_kept(collector: Collector, server_url: str) -> None:
    collector.kill()
    collector.spool.mkdir(parents=True, exist_ok=True)
    (collector.spool / "dead.spool").write_bytes(b"nothing that SQLite wrote" * 400)
    collector.start()
    wait_until(lambda: "spool_damaged" in collector.log.read_text())
    assert collector.client.post("/v1/track", content=body("after")).status_code == 200
    assert [path.stat().st_size for path in collector.spool.glob("dead.damaged-*")] == [10_000]


class CuttingProxy:
    """Passes a connection on to the server until the first commit: that one it delivers, and cuts the answer off."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._server = (str(parts["host"]), int(parts["port"] or 5432))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = make_conninfo(
            url, host="127.0.0.1", port=self._listener.getsockname()[1], sslmode="disable", gssencmode="disable"
        )
        self.cuts = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._server)
            threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                cut = is_client and self.cuts == 0 and b"commit\x00" in data
                if cut:
                    self.cuts += 1
                    source.shutdown(socket.SHUT_RDWR)
                target.sendall(data)
                if cut:
                    time.sleep(1)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_a_commit_whose_answer_is_lost_is_neither_lost_nor_doubled(
    sites: None, database_url: str, make_collector: Callable[..., Collector]
) -> None:
    """The transaction is committed and the collector cannot know: spooled under its number, it is known again."""
    proxy = CuttingProxy(database_url)
    collector = make_collector(HOSTREAD_DATABASE_URL=proxy.url)
    assert collector.client.post("/v1/track", content=body("in-doubt")).status_code == 200
    assert proxy.cuts == 1
    wait_until(lambda: '"event": "spool_drained"' in collector.log.read_text())
    assert collector.client.post("/v1/track", content=body("after")).status_code == 200
    assert sorted(collector.message_ids()) == ["after", "in-doubt"]
    assert collector.rows("select sum(received_count)::int from raw.collector_receipts") == [(2,)]


def test_a_server_that_hangs_is_left_for_the_spool(sites: None, make_collector: Callable[..., Collector]) -> None:
    """Not a broken connection but silence: no acknowledgement may wait for it for longer than one commit may take."""
    collector = make_collector(HOSTREAD_COLLECTOR_COMMIT_SECONDS="0.5")
    assert collector.client.post("/v1/track", content=body("before")).status_code == 200
    pids = [row[0] for row in collector.rows("select pid from pg_stat_activity where application_name = 'hostread-collector'")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        answer = collector.client.post("/v1/track", content=body("hung"))
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert answer.status_code == 200
    wait_until(lambda: sorted(collector.message_ids()) == ["before", "hung"])


def test_a_batch_is_stored_once_however_often_it_is_brought(sites: None, database_url: str) -> None:
    values = ["1", SITE, "2026-01-31T08:30:00+00:00", "m", "track", *[r"\N"] * 5, "{}", "{}", r"\\x00", *[r"\N"] * 2, "unknown"]
    columns = (
        "tenant_id", "site_id", "received_at", "message_id", "kind", "event_name", "anonymous_id", "user_id", "client_at",
        "sent_at", "context", "properties", "body_sha256", "household_hash", "key_epoch", "ip_class", "run_id",
    )  # fmt: skip
    line = Line(Target("raw.collector_events", columns), ("\t".join([*values, "run"]) + "\n").encode())
    batch = Batch((line,), (), (Received(1, SITE, "2026-01-31T08:30:00+00:00", 1),), "run")

    async def bring() -> list[int]:
        async with (
            await psycopg.AsyncConnection.connect(database_url, autocommit=True, options="-c role=hostread_collector") as one,
            await psycopg.AsyncConnection.connect(database_url, autocommit=True, options="-c role=hostread_collector") as two,
        ):
            return await asyncio.gather(store(one, [batch]), store(two, [batch]))

    assert sorted(asyncio.run(bring())) == [0, 1]
    assert sum(asyncio.run(bring())) == 0
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from raw.collector_events").fetchone() == (1,)
        assert connection.execute("select sum(received_count)::int from raw.collector_receipts").fetchone() == (1,)
