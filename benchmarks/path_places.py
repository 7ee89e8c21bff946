"""Where a stranger's path leads outside of Hostread: a test shop that serves what was pasted into it, and a mailbox on loopback."""

import email
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from benchmarks.loop import free_port

LINK = re.compile(r"https?://\S+")
# An icon of its own: else the browser asks for one.
PAGE = '<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">{head}<h1>Tea</h1>{body}</html>'


@dataclass
class Shop:
    """Two pages, the shelf and the thanks for an order, with what the owner pasted before `</head>` and into the thanks."""

    domain: str = ""
    head: str = ""
    thanks: str = ""

    def page(self, path: str) -> str:
        return PAGE.format(head=self.head, body=self.thanks if path == "/thanks" else '<a href="/thanks">Buy</a>')


@dataclass
class Mailbox:
    """Every message that was sent, newest last."""

    messages: list[EmailMessage] = field(default_factory=list)
    url: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    def link(self) -> str | None:
        """The first link of the newest message; None before one has come."""
        body = self.messages[-1].get_body(("plain",)) if self.messages else None
        found = LINK.search(body.get_content()) if body is not None else None
        return found.group() if found else None


@contextmanager
def open_shop() -> Iterator[Shop]:
    shop = Shop()

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shop.page(self.path.partition("?")[0]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    shop.domain = f"localhost:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    try:
        yield box
    finally:
        controller.stop()
