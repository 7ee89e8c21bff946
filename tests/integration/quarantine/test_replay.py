"""After a fix one command lands what was put away: once, at its own time, and what is still at fault stays where it is."""

import json
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.hosting.logs import import_logs
from assets.lib.privacy import scrub
from orchestration.replay import replay_collector
from orchestration.replay_logs import replay_logs

SITE = str(uuid.UUID(int=7))
CONTEXT = {"site_id": SITE, "kind": None, "shared": {"sentAt": "2026-01-31T08:30:10Z", "context": {"locale": "de"}}}


@pytest.fixture
def tenant(database_url: str) -> str:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into app.tenants (slug, name) values ('one', 'one')")
        connection.execute("insert into app.household_keys (tenant_id, key_epoch, secret) values (1, 1, %s)", [b"k" * 32])
    return database_url


def put_away(
    url: str, source: str, original: bytes, context: dict[str, Any], code: str = "old_rule", tenant: int | None = 1
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into raw.quarantine (tenant_id, source, reason_code, reason, original, context, quarantined_at, run_id) "
            "values (%s, %s, %s, 'found, expected', %s, %s, '2026-01-31 08:30:12Z', 'test')",
            [tenant, source, code, original, json.dumps(context)],
        )


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(query).fetchall()


def event(message_id: str | None, **more: Any) -> bytes:
    body = {"type": "track", "userId": "u", "event": "e", "timestamp": "2026-01-31T08:30:00Z", **more}
    return json.dumps(body if message_id is None else body | {"messageId": message_id}).encode()


def test_collected_events_land_once_and_the_others_stay(tenant: str) -> None:
    put_away(tenant, "collector", event("member"), CONTEXT)
    put_away(tenant, "collector", event("single"), CONTEXT | {"kind": "page"})
    put_away(tenant, "collector", event(None, timestamp=None), CONTEXT)
    put_away(tenant, "collector", b'{"batch": [' + event("b1") + b"," + event("b2") + b"]}", {"site_id": SITE, "kind": None})
    for poison in (b"{", event("nul", properties={"a": "\0"}), event("x", userId=None), b"[]", b'{"a": NaN}', b"\xff\xfe"):
        put_away(tenant, "collector", poison, CONTEXT)
    put_away(tenant, "collector", event("no site"), {})
    put_away(tenant, "collector", event("conflict"), CONTEXT, "message_id_conflict")
    put_away(tenant, "collector", b"1\t2\t3", CONTEXT | {"format": "copy"}, "refused_by_database")
    put_away(tenant, "collector", event("nobody"), CONTEXT, tenant=None)
    first = replay_collector(tenant, "replay")
    assert (first.landed, sum(first.stayed.values())) == (5, 8)
    found = rows(
        tenant, "select message_id, kind, sent_at::text, context, received_at::text, verification, household_hash "
        "from raw.collector_events order by event_id",
    )  # fmt: skip
    at, sent = "2026-01-31 08:30:12+00", "2026-01-31 08:30:10+00"
    made = rows(
        tenant, "select 'quarantine-' || quarantine_id || '-0' from raw.quarantine where replayed_at is not null order by 1"
    )[2][0]
    assert found == [
        ("member", "track", sent, {"locale": "de"}, at, "unsigned", None),
        ("single", "page", sent, {"locale": "de"}, at, "unsigned", None),
        (made, "track", sent, {"locale": "de"}, at, "unsigned", None),
        ("b1", "track", None, {}, at, "unsigned", None),
        ("b2", "track", None, {}, at, "unsigned", None),
    ]
    again = replay_collector(tenant, "replay")
    assert (again.landed, again.stayed) == (0, first.stayed)
    assert rows(tenant, "select count(*) from raw.collector_events") == [(5,)]


def test_a_log_s_line_is_read_from_its_file_with_its_address(tenant: str, tmp_path: Path) -> None:
    def line(method: str | None, url: str = "https://cdn.example/1.mp3") -> bytes:
        request = {"requested_at": "2026-01-31T08:30:00Z", "ip": "203.0.113.9", "method": method, "status": 200, "url": url}
        return json.dumps({**request, "user_agent": "AppleCoreMedia"}).encode() + b"\n"

    log = tmp_path / "access.jsonl"
    log.write_bytes(line("GET") + line(None) + line("GET", "https://cdn.example/2.mp3"))
    summary = import_logs(tenant, 1, log, "test")
    assert (summary.landed, summary.quarantined) == (2, 1)
    still = replay_logs(tenant, "replay")
    assert (still.landed, sum(still.stayed.values())) == (0, 1)
    # As a rule that was mended would find it: the third line was put away, not landed.
    with psycopg.connect(tenant) as connection:
        connection.execute("delete from raw.logs_requests where media_key = 'cdn.example/2.mp3'")
    where = {"file": log.name, "offset": len(line("GET") + line(None))}
    put_away(tenant, "logs", scrub(line("GET", "https://cdn.example/2.mp3").rstrip(b"\n")), where)
    put_away(tenant, "logs", b"another file's line", where)
    put_away(tenant, "logs", b"gone", {"file": "gone.log", "offset": 0})
    done = replay_logs(tenant, "replay")
    assert (done.landed, done.stayed["file_is_gone"]) == (1, 2)
    hashes = rows(tenant, "select media_key, household_hash, ip_prefix from raw.logs_requests order by media_key")
    assert [row[0] for row in hashes] == ["cdn.example/1.mp3", "cdn.example/2.mp3"]
    assert hashes[0][1:] == hashes[1][1:]
    assert replay_logs(tenant, "replay").landed == 0
