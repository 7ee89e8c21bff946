"""The world over HTTP on loopback: the hosts' feeds with conditional GET, and the APIs of Buzzsprout, Transistor and OP3."""

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulation import op3, transistor
from simulation.buzzsprout import Answer, answer, encode
from simulation.clock import SECOND, parse_now, rfc822

LIVE_AFTER_SECONDS = 120.0


def serve(world: Path, port: int, live: bool = False, live_after: float = LIVE_AFTER_SECONDS) -> None:
    """Serve a world on 127.0.0.1 until the process is ended. Raises OSError where the port is taken."""
    with make_server(world, port, live, live_after) as server:
        server.serve_forever()


def start_server(world: Path, port: int = 0, live: bool = False, live_after: float = LIVE_AFTER_SECONDS) -> ThreadingHTTPServer:
    """Serve a world from a thread of this process; `server_port` tells the port, `shutdown()` and `server_close()` end it."""
    server = make_server(world, port, live, live_after)
    threading.Thread(target=server.serve_forever, name="simulation", daemon=True).start()
    return server


def make_server(world: Path, port: int, live: bool, live_after: float = LIVE_AFTER_SECONDS) -> ThreadingHTTPServer:
    """A bound server that does not answer yet.

    With `live`, the first show of each tenant has a new episode after `live_after` seconds. Raises FileNotFoundError where
    `world` holds no world, OSError where the port is taken.
    """
    world = Path(world)
    if not (world / "world.json").is_file():
        raise FileNotFoundError(f"found no world in {world}, expected world.json there: make one with `python -m simulation make`")
    podcasts = _documents(world / "hosting")
    transistor_shows, op3_shows = _documents(world / "hosting" / "transistor"), _documents(world / "hosting" / "op3")
    limit = transistor.Limit()
    modified = rfc822(parse_now(json.loads((world / "world.json").read_text("utf-8"))["now"])).replace("+0000", "GMT")
    started = time.monotonic()

    def host_answer(path: str, query: str, headers: dict[str, str]) -> Answer:
        if path.startswith("/v1/"):
            return transistor.answer(transistor_shows, path, query, headers, limit, time.monotonic())
        if path.startswith("/api/1/"):
            return op3.answer(op3_shows, path, query, headers)
        return answer(podcasts, path, query, headers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "SimulatedHosts/1.0"
        # One packet an answer: head and body apart cost 40 ms each, waiting for a delayed acknowledgement.
        wbufsize = -1

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, *, with_body: bool) -> None:
            url = urlsplit(self.path)
            if url.path == "/livez":
                self._send(200, b"ok\n", "text/plain", None, None, with_body)
            elif url.path.startswith("/feeds/"):
                self._feed(url.path, with_body)
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                result = host_answer(url.path, url.query, headers)
                body = encode(result.body)
                tag = _tag(body) if result.status == 200 else None
                self._send(result.status, body, "application/json; charset=utf-8", tag, None, with_body)

        def _feed(self, path: str, with_body: bool) -> None:
            is_late = live and time.monotonic() - started >= live_after
            file = find_feed(world, path, is_late)
            if file is None:
                self._send(404, b"no such feed\n", "text/plain", None, None, with_body)
                return
            body = file.read_bytes()
            stamp = rfc822(round(time.time() * SECOND)).replace("+0000", "GMT") if file.name.endswith(".live.xml") else modified
            self._send(200, body, "application/rss+xml; charset=utf-8", _tag(body), stamp, with_body)

        def _send(self, status: int, body: bytes, kind: str, tag: str | None, stamp: str | None, with_body: bool) -> None:
            if tag is not None and self._is_unchanged(tag, stamp):
                status, body = 304, b""
            self.send_response(status)
            if tag is not None:
                self.send_header("ETag", tag)
            if stamp is not None:
                self.send_header("Last-Modified", stamp)
            if status != 304:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body and body:
                self.wfile.write(body)

        def _is_unchanged(self, tag: str, stamp: str | None) -> bool:
            asked = self.headers.get("If-None-Match")
            if asked is not None:  # RFC 9110, 13.1.3: it outranks the date
                return tag in [item.strip().removeprefix("W/") for item in asked.split(",")] or asked.strip() == "*"
            return stamp is not None and self.headers.get("If-Modified-Since") == stamp

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the caller says what was fetched."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    return Server(("127.0.0.1", port), Handler)


def find_feed(world: Path, path: str, is_late: bool) -> Path | None:
    """The file behind `/feeds/<tenant>/<show>.xml`; no path leads out of the folder."""
    parts = path.split("/")
    if len(parts) != 4 or not parts[3].endswith(".xml") or any(part.startswith(".") for part in parts[2:]):
        return None
    file = world / "feeds" / parts[2] / parts[3]
    later = file.with_suffix(".live.xml")
    if is_late and later.is_file():
        return later
    return file if file.is_file() else None


def _documents(folder: Path) -> dict[str, Any]:
    """What a host knows, by the name that it gives the show."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
