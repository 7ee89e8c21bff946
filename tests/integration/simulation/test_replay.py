"""Replay against a collector that only listens: what arrives, how often, and what happens when it refuses."""

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from simulation import ReplayError, live, make_world, replay
from simulation.__main__ import main


@dataclass
class Collector:
    """Keeps every POST. `statuses` are answered first, then 200."""

    url: str = ""
    posts: list[tuple[str, dict[str, str], dict[str, Any], datetime]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_world("tiny", 5, "2026-08-01T12:00:00Z", tmp_path_factory.mktemp("world") / "tiny-5")


@pytest.fixture
def collector() -> Iterator[Collector]:
    state = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with state.lock:
                status = state.statuses.pop(0) if state.statuses else 200
                if status == 200:
                    state.posts.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body, datetime.now(UTC)))
            self.send_response(status)
            self.send_header("Content-Length", "16")
            self.end_headers()
            self.wfile.write(b'{"success":true}')

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


def items(collector: Collector) -> list[dict[str, Any]]:
    return [item for _, _, body, _ in collector.posts for item in body.get("batch", [body])]


def test_everything_arrives_as_often_as_it_was_sent(world: Path, collector: Collector) -> None:
    lines = [json.loads(text) for text in (world / "events.jsonl").read_text("utf-8").splitlines()]
    assert replay(world, collector.url) == len(lines)
    assert Counter(item["messageId"] for item in items(collector)) == Counter(line["body"]["messageId"] for line in lines)
    assert {path for path, *_ in collector.posts} == {"/v1/page", "/v1/track", "/v1/identify", "/v1/batch"}


def test_the_corrected_time_is_the_true_one_whatever_the_clock_says(world: Path, collector: Collector) -> None:
    """`sentAt` is the sending by the clock that `timestamp` is of: what that clock is wrong by falls out of the correction, and no
    more is left in it than the event was on its way."""
    began = datetime.now(UTC).timestamp()
    replay(world, collector.url)
    lines = [json.loads(text) for text in (world / "events.jsonl").read_text("utf-8").splitlines()]
    skews = {line["body"]["messageId"]: line["clock_skew_ms"] for line in lines}
    assert any(skews.values()), "no client's clock is wrong: the test would prove nothing"
    for _, _, body, received_at in collector.posts:
        first, *others = [skews[item["messageId"]] / 1_000 for item in body.get("batch", [body])]
        # Clients write milliseconds. A batch is of one clock, its first event's: what else is in it is at most two seconds apart.
        sent_at = datetime.fromisoformat(body["sentAt"]).timestamp() - first
        assert began - 0.001 <= sent_at <= received_at.timestamp() + 0.001
        assert all(abs(skew - first) <= 2 for skew in others)


def test_clients_send_their_key_address_agent_and_origin(world: Path, collector: Collector) -> None:
    replay(world, collector.url)
    for path, headers, body, _ in collector.posts:
        key = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode().rstrip(":")
        assert headers["x-forwarded-for"] and headers["user-agent"]
        if path == "/v1/batch":
            assert headers["content-type"] == "application/json" and "origin" not in headers
        else:
            assert body["writeKey"] == key
            assert headers["content-type"].startswith("text/plain") and headers["origin"].startswith("https://")
            assert (headers.get("sec-gpc") == "1") == (body["context"].get("gpc") is True)


def test_overload_is_tried_again_with_the_same_ids(world: Path, collector: Collector) -> None:
    collector.statuses = [503, 429, 500]
    lines = (world / "events.jsonl").read_text("utf-8").splitlines()
    assert replay(world, collector.url) == len(lines)
    assert len(items(collector)) == len(lines)


def test_a_refusal_fails_loudly_and_ends_non_zero(world: Path, collector: Collector, capsys: pytest.CaptureFixture[str]) -> None:
    collector.statuses = [400]
    with pytest.raises(ReplayError, match=r"1 answers were not 200: /v1/\w+ was answered with 400"):
        replay(world, collector.url)
    collector.statuses = [401] * 100
    assert main(["replay", str(world), "--collector", collector.url]) == 1
    assert "answered with 401" in capsys.readouterr().err


def test_a_live_order_follows_a_landing_by_the_campaigns_link(world: Path, collector: Collector) -> None:
    assert live(world, collector.url, every=0, orders=2) == 2
    landing, order = collector.posts[0][2], collector.posts[1][2]
    assert landing["anonymousId"] == order["anonymousId"]
    assert landing["context"]["campaign"]["name"] in landing["properties"]["url"]
    assert order["event"] == "Order Completed" and order["properties"]["value"] > 0
    assert len({item["messageId"] for item in items(collector)}) == 4


def test_the_commands_say_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", str(tmp_path)]) == 2
    assert "found no world" in capsys.readouterr().err
    assert main(["make", "--world", "tiny", "--now", "soon", "--out", str(tmp_path / "w")]) == 2
    assert main(["make", "--world", "tiny", "--now", "2026-08-01T12:00:00Z", "--out", str(tmp_path / "w")]) == 0
    assert (tmp_path / "w" / "world.json").is_file()
