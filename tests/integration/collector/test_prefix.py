"""A prefix in a real process: recorded as a log line of the same request would be, sent on whatever breaks, to nowhere else."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.hosting.counting.user_agent import make_classifier, packaged_lists
from assets.hosting.log_lines import COLUMNS, make_judge
from assets.lib.privacy import HouseholdKey, build_ranges

# The fixture `make_collector` of conftest.py, whose types cannot be imported from here.
Collector = Any
SHOW, SITE_FILE = "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10", "cdn.example/show/1.mp3"
SECRET = b"k" * 32
APP = "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)"
LISTENER = {"x-forwarded-for": "203.0.113.9", "user-agent": APP}


@pytest.fixture
def listeners(sites: None, database_url: str, make_collector: Callable[..., Collector]) -> Collector:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into app.shows (show_id, tenant_id, title, feed_url) values (%s, 1, 'Show', 'https://feed.example/1.xml')",
            [SHOW],
        )
        for number, url in enumerate([f"https://{SITE_FILE}", "https://op3.dev/e/media.example/2.mp3"]):
            connection.execute(
                "insert into raw.feeds_items "
                "(tenant_id, show_id, episode_guid, content_sha256, enclosure_url, payload, fetched_at, run_id) "
                "values (1, %s, %s, '\\x00', %s, '{}', now(), 'test')",
                [SHOW, f"e{number}", url],
            )
    return make_collector("orchestration.collector:create_app")


def ask(collector: Collector, rest: str, method: str = "GET", show: str = SHOW, **headers: str) -> Any:
    return collector.client.request(method, f"/v1/prefix/{show}/{rest}", headers={**LISTENER, **headers}, follow_redirects=False)


def recorded(collector: Collector, columns: str, count: int) -> list[tuple[Any, ...]]:
    """What is recorded once it is `count` requests: on a busy machine a listener is sent on before its row is committed."""
    deadline = time.monotonic() + 60
    while True:
        rows: list[tuple[Any, ...]] = collector.rows(f"select {columns} from raw.prefix_requests order by request_id")
        if len(rows) >= count or time.monotonic() > deadline:
            return rows
        time.sleep(0.1)


def test_a_request_is_recorded_and_sent_on(listeners: Collector) -> None:
    answer = ask(listeners, f"{SITE_FILE}?a=1", range="bytes=0-99", referer="https://player.example/?ip=203.0.113.9")
    assert (answer.status_code, answer.headers["location"]) == (302, f"https://{SITE_FILE}?a=1")
    assert answer.headers["cache-control"] == "private, no-store" and answer.headers["access-control-allow-origin"] == "*"
    assert ask(listeners, f"https://{SITE_FILE}", "HEAD").status_code == 302
    assert ask(listeners, "op3.dev/e/media.example/new.mp3").headers["location"] == "https://op3.dev/e/media.example/new.mp3"
    columns = "method, status, range_start, range_end, bytes_sent, media_key, user_agent_kind, ip_prefix, referer"
    assert recorded(listeners, columns, 3) == [
        ("GET", 206, 0, 99, None, SITE_FILE, "app", "203.0.113.0/24", "https://player.example/?ip=203.0.113.0/24"),
        ("HEAD", 200, None, None, None, SITE_FILE, "app", "203.0.113.0/24", None),
        ("GET", 200, None, None, None, "media.example/new.mp3", "app", "203.0.113.0/24", None),
    ]
    # A site's prefix stands for its tenant's shows; another tenant's site for none of them.
    sites = listeners.rows("select site_id from app.sites order by tenant_id")
    assert ask(listeners, SITE_FILE, show=str(sites[0][0])).status_code == 302
    assert ask(listeners, SITE_FILE, show=str(sites[1][0])).status_code == 404
    for rest in ("evil.example/x", "", "https://user@cdn.example/x", "//evil.example"):
        assert ask(listeners, rest).status_code == 404
    assert ask(listeners, SITE_FILE, show="0b8f6c1e-6a53-4d57-9b7e-000000000000").json()["code"] == "unknown_prefix"
    assert listeners.client.post(f"/v1/prefix/{SHOW}/{SITE_FILE}").status_code == 405
    assert len(recorded(listeners, "*", 4)) == 4
    text = str(listeners.rows("select to_jsonb(r) from raw.prefix_requests as r")) + listeners.log.read_text()
    assert "203.0.113.9" not in text


CASES: list[dict[str, str]] = [
    {},
    {"range": "bytes=0-1"},
    {"range": "bytes=100-"},
    {"range": "bytes=0-1,5-9"},
    {"range": "bytes=9-1"},
    {"user-agent": "AhrefsBot/7.0"},
    {"user-agent": "atc/1.0 watchOS/9.0"},
    {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0 203.0.113.9"},
    {"user-agent": "tab\there and \\ back"},
    {"x-forwarded-for": "198.51.100.7"},
    {"x-forwarded-for": "2001:db8:1:2:3::4"},
    {"x-forwarded-for": "::ffff:203.0.113.9"},
]


def test_a_prefix_request_is_judged_as_a_logged_one(listeners: Collector, database_url: str) -> None:
    """The same request by both ways: every column that both have says the same."""
    for case in CASES:
        assert ask(listeners, SITE_FILE, **case).status_code == 302
    shared = [name for name in COLUMNS if name not in ("log_source_id", "file_offset", "run_id", "bytes_sent")]
    lists = packaged_lists()
    keys = [HouseholdKey(3, SECRET, *listeners.rows("select '0001-01-02Z'::timestamptz, '9999-01-01Z'::timestamptz")[0])]
    judge = make_judge(1, SHOW, "log", keys, build_ranges("v7", [("198.51.100.0/24", "datacenter")]), lists, make_classifier(lists))
    at = recorded(listeners, "requested_at, status", len(CASES))
    with psycopg.connect(database_url) as connection:
        lines = []
        for offset, (case, (requested_at, status)) in enumerate(zip(CASES, at, strict=True)):
            headers = {**LISTENER, **case}
            line = {
                "requested_at": requested_at.isoformat(), "ip": headers["x-forwarded-for"], "user_agent": headers["user-agent"],
                "method": "GET", "status": status, "range": headers.get("range"), "url": f"https://{SITE_FILE}",
            }  # fmt: skip
            lines.append(judge.row(json.dumps(line).encode(), offset)[0])
        with connection.cursor() as cursor, cursor.copy(f"copy raw.logs_requests ({', '.join(COLUMNS)}) from stdin") as copy:
            copy.write("".join(lines).encode())
        names = ", ".join(shared)
        logged = connection.execute(f"select {names} from raw.logs_requests order by request_id").fetchall()
    assert recorded(listeners, names, len(CASES)) == logged


def test_playback_goes_on_without_the_database_and_nothing_is_forgotten(listeners: Collector, server_url: str) -> None:
    name = listeners.database_url.rpartition("/")[2]
    assert ask(listeners, SITE_FILE).status_code == 302
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f'alter database "{name}" with allow_connections false')
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        for number in range(5):
            answer = ask(listeners, SITE_FILE, range=f"bytes={number}-")
            assert (answer.status_code, answer.headers["location"]) == (302, f"https://{SITE_FILE}")
        deadline = time.monotonic() + 60
        while spooled(listeners.home).count(b"\n") < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        listeners.kill()  # with -9: the next process adopts the file
        listeners.start(ready=False)
        # A process that never saw the database still knows where the show's files are.
        answer = ask(listeners, SITE_FILE)
        assert (answer.status_code, answer.headers["location"]) == (302, f"https://{SITE_FILE}")
        assert ask(listeners, SITE_FILE, show="0b8f6c1e-6a53-4d57-9b7e-000000000000").status_code == 503
        server.execute(f'alter database "{name}" with allow_connections true')
    listeners.wait_for(200)
    assert [row[0] for row in recorded(listeners, "range_start", 6)] == [None, 0, 1, 2, 3, 4]
    assert spooled(listeners.home) == b""


def spooled(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (home / "collector").glob("prefix-*.copy"))
