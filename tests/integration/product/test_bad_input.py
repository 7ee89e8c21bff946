"""What a person gets wrong, and what the world does: one clear message with what to do, no stack trace, and the rest goes on.

Bad input that has its own tests elsewhere: a wrong setting (unit/orchestration/test_settings), events too large or unreadable
(collector/test_protocol), broken feeds and log lines by their kinds (ingest/test_feeds, ingest/test_logs).
"""

import json
import shutil
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from benchmarks.loop import free_port
from orchestration import local, migrate
from orchestration.cli import main
from orchestration.settings import settings

FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>
<item><title>One</title><guid>{title}-1</guid>
<enclosure url="https://media.example/{title}/1.mp3" length="9" type="audio/mpeg"/></item>
</channel></rss>"""
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def hostread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """The command as its entry point runs it, in a home of the test's own."""
    monkeypatch.setenv("HOSTREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOSTREAD_ALLOW_PRIVATE_URLS", "true")

    def call(*arguments: str) -> Ended:
        settings.cache_clear()
        monkeypatch.setattr("sys.argv", ["hostread", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    yield call
    settings.cache_clear()


@pytest.fixture
def tenant(hostread: Command, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the test's own with the one tenant that the commands then mean; its URL."""
    monkeypatch.setenv("HOSTREAD_DATABASE_URL", database_url)
    made = hostread("tenant", "create", "Night Network", "--email", "ada@night.example", "--password", PASSWORD)
    assert made.status == 0, made.err
    return database_url


@pytest.fixture
def feeds() -> Iterator[dict[str, str]]:
    """A loopback server of feeds: path to document, and its own address under ''; what is not in it answers 500."""
    documents: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = documents.get(self.path)
            self.send_response(200 if found else 500)
            self.end_headers()
            self.wfile.write((found or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    documents[""] = f"http://127.0.0.1:{server.server_port}"
    yield documents
    server.shutdown()
    server.server_close()


def test_a_taken_port_is_said_before_anything_is_done(hostread: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("HOSTREAD_COLLECTOR_PORT", str(port))
        monkeypatch.setenv("HOSTREAD_SIMULATION_PORT", str(free_port()))
        ended = hostread("run", "--no-serve", "--world", "tiny")
    assert ended.status == 1
    assert ended.err.startswith(f"hostread: port {port} for the collector is taken")
    assert "HOSTREAD_COLLECTOR_PORT" in ended.err
    assert not (tmp_path / "home").exists()


def test_a_database_that_is_away_is_named_without_its_password(hostread: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("HOSTREAD_DATABASE_URL", f"postgresql://me:hidden-word@127.0.0.1:{port}/mine")
    ended = hostread("migrate")
    assert ended.status == 1
    assert f"no PostgreSQL answers at 127.0.0.1:{port}/mine" in ended.err
    assert "check HOSTREAD_DATABASE_URL" in ended.err
    assert "hidden-word" not in ended.out + ended.err


def test_a_server_that_is_too_old_is_refused_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        info = SimpleNamespace(server_version=140_012)

        def __enter__(self) -> "Old":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(psycopg, "connect", lambda *_, **__: Old())
    with pytest.raises(migrate.UnsupportedServerError, match=r"found PostgreSQL 14\.12, expected 15 or newer: name a newer server"):
        migrate.migrate("postgresql://127.0.0.1/mine")


def test_a_login_without_the_rights_is_told_which_it_needs(
    hostread: Command, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"guest_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create role {name} login password 'guest'".encode())
        connection.execute(f"create database {name}".encode())
    parts = conninfo_to_dict(server_url)
    monkeypatch.setenv("HOSTREAD_DATABASE_URL", f"postgresql://{name}:guest@127.0.0.1:{parts['port']}/{name}")
    ended = hostread("migrate")
    assert ended.status == 1
    assert "found a login that may not do this: permission denied" in ended.err
    assert "createrole createdb" in ended.err


def test_a_full_disk_is_said_before_the_server_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 3_000_000, 3_000_000))
    with pytest.raises(local.ServerError, match=r"found 3 MB free at .*, expected at least 500 MB: free some disk space"):
        local.ensure_server(tmp_path)


def test_a_database_without_the_schema_says_what_to_run(
    hostread: Command, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTREAD_DATABASE_URL", server_url)
    for command in (["tenant", "list"], ["feed", "list"], ["quarantine"], ["report", "list"]):
        ended = hostread(*command)
        assert (ended.status, ended.out) == (1, "")
        assert ended.err.splitlines() == [
            "hostread: found a database without the tables of this release, expected its schema to be the newest: "
            "run `hostread migrate`"
        ]


def test_a_tenant_is_entered_as_the_api_would_have_it(hostread: Command, tenant: str) -> None:
    wrong = ["--email", "nobody", "--password", "hush-hush", "--currency", "EURO", "--timezone", "Mars"]
    ended = hostread("tenant", "create", "Other", *wrong)
    assert ended.status == 1
    starts = [line.split(": ")[1] for line in ended.err.splitlines()]
    assert starts == ["--email", "--password", "--currency", "--timezone"]
    assert "found 'Mars', expected a name of the IANA time zone database" in ended.err
    assert "hush-hush" not in ended.err
    again = hostread("tenant", "create", "Other", "--email", "ada@night.example", "--password", PASSWORD)
    assert again.status == 1
    assert "cannot be registered" in again.err
    assert len(hostread("tenant", "list").out.splitlines()) == 1


def test_the_tenant_meant_is_asked_for_where_it_is_not_clear(
    hostread: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTREAD_DATABASE_URL", database_url)
    assert "found no tenant, expected one: create it with `hostread tenant create`" in hostread("report", "list").err
    for name in ("One", "Two"):
        assert hostread("tenant", "create", name, "--email", f"{name}@night.example", "--password", PASSWORD).status == 0
    slugs = ", ".join(line.split()[0] for line in hostread("tenant", "list").out.splitlines())
    assert f"found 2 tenants, expected to be told which: give one of {slugs} as --tenant" in hostread("report", "list").err
    assert f"found no tenant three, expected one of: {slugs}" in hostread("report", "list", "--tenant", "three").err
    assert hostread("tenant", "key", "--tenant", slugs.split(", ")[1]).out.startswith("hr_")


def test_a_site_is_entered_once(hostread: Command, tenant: str) -> None:
    wrong = hostread("site", "add", "not a domain", "--sponsor", "Acme")
    assert (wrong.status, wrong.err.startswith("hostread: DOMAIN: ")) == (1, True)
    first = hostread("site", "add", "shop.example", "--sponsor", "Acme")
    second = hostread("site", "add", "Shop.Example", "--sponsor", "Acme")
    assert (first.status, second.status) == (0, 0)
    assert second.out.removeprefix("already there: ") == first.out
    with psycopg.connect(tenant) as connection:
        assert connection.execute("select count(*), count(distinct sponsor_id) from app.sites").fetchone() == (1, 1)


def test_an_unreachable_and_a_broken_feed_leave_the_others_alone(hostread: Command, tenant: str, feeds: dict[str, str]) -> None:
    base = feeds[""]
    feeds |= {f"/{name}.xml": FEED.format(title=name) for name in ("good", "gone", "broken")}
    for name in ("good", "gone", "broken"):
        assert hostread("feed", "add", f"{base}/{name}.xml").status == 0
    closed = f"http://127.0.0.1:{free_port()}/gone.xml"
    with psycopg.connect(tenant) as connection:
        connection.execute("update app.shows set feed_url = %s where title = 'gone'", [closed])
    feeds["/broken.xml"] = "<html><title>Sign in</title></html>"
    feeds["/good.xml"] = FEED.format(title="good").replace("good-1", "good-2")
    ended = hostread("feed", "refresh")
    assert "1 changed, 0 unchanged, 2 failed, 1 new or changed episodes" in ended.out
    assert f"{closed} did not answer" in ended.out
    assert "expected an RSS or Atom feed" in ended.out
    listed = {line.split("  ")[1]: line for line in hostread("feed", "list").out.splitlines() if not line.startswith(" ")}
    assert {name: line.split("  ")[2] for name, line in listed.items()} == {
        "good": "2 episodes", "gone": "1 episodes", "broken": "1 episodes",
    }  # fmt: skip
    unknown = hostread("feed", "add", f"{base}/nothing.xml")
    assert (unknown.status, "answered 500" in unknown.err) == (1, True)


def test_a_malformed_log_line_is_shown_with_its_bytes_and_its_neighbours_land(
    hostread: Command, tenant: str, tmp_path: Path
) -> None:
    sound = {
        "requested_at": "2026-01-02T03:04:05Z", "ip": "24.1.3.3", "user_agent": "AntennaPod/3.0", "method": "GET", "status": 200,
        "range": None, "bytes_sent": 9, "url": "https://media.example/1.mp3", "referer": None, "file_size": 9, "header_bytes": 0,
        "is_hls": False,
    }  # fmt: skip
    log = tmp_path / "cdn.jsonl"
    log.write_text(f'{json.dumps(sound)}\n{{"requested_at": "cut [/o\x1b\n{json.dumps(sound)}\n', "utf-8")
    ended = hostread("import", "logs", str(log))
    assert ended.status == 0, ended.err
    assert ended.out.startswith(f"{log}: 2 landed, 1 quarantined\n")
    assert "2 rows landed, 0 were there already, 1 quarantined" in ended.out
    shown = hostread("quarantine", "--source", "logs").out
    assert '\n    {"requested_at": "cut [/o\\x1b\n' in shown
    assert "not_json" in shown
    assert hostread("quarantine", "--source", "feeds").out == "nothing of feeds is in quarantine\n"
    missing = hostread("import", "logs", str(tmp_path / "nothing.jsonl"))
    assert missing.status == 1
    assert "found no file at" in missing.err
