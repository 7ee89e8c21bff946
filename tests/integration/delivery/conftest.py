"""The reports' database, with a weekly schedule, and a mail server on loopback that keeps what it receives."""

import email
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller

from assets.delivery.queue import prepare_reports
from assets.lib.clock import now

MARTS = Path(__file__).parents[1] / "reports" / "marts.sql"


@dataclass
class Mailbox:
    """Answers by recipient (first come, first given; none: 250), and every message that was accepted."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    messages: list[tuple[str, EmailMessage]] = field(default_factory=list)
    hang_up_on: str | None = None
    # Called with "RCPT" or "DATA" before the server answers that command.
    before: Callable[[str], None] = lambda command: None
    url: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.before("RCPT")
        queue = self.answers.get(address, [])
        answer = (queue.pop(0) if len(queue) > 1 else queue[0]) if queue else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.hang_up_on in envelope.rcpt_tos:
            server.transport.close()
            return "421 closing"
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.before("DATA")
        self.messages += [(recipient, message) for recipient in envelope.rcpt_tos]
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def unused_port() -> int:
    return free_port()


@pytest.fixture
def sponsor_url(database_url: str) -> str:
    """Reports' database with a schedule of tenant 1's sponsor for one recipient."""
    with psycopg.connect(database_url) as owner:
        owner.execute(MARTS.read_text("utf-8"))
    schedule(database_url, ["jane@sponsor.example"])
    return database_url


def store_reports(url: str) -> None:
    """The week's reports as the worker would have stored them, with small files: for tests of the mail and not of the report."""
    header = "section,figure_id,label,dimension,value,unit,currency,build_id\r\n"
    prepare_reports(url, now())
    with psycopg.connect(url) as owner:
        owner.execute("update app.reports set status = 'succeeded', finished_at = now() where status = 'requested'")
        for kind, content in (("pdf", b"%PDF-1.4 small"), ("csv", header.encode("utf-8-sig"))):
            owner.execute(
                "insert into app.report_files (tenant_id, report_id, format, filename, media_type, content, sha256) "
                "select tenant_id, report_id, %s, 'report.' || %s, 'application/octet-stream', %s, '' from app.reports",
                [kind, kind, content],
            )


@pytest.fixture
def queued() -> Callable[[str], None]:
    return store_reports


def schedule(url: str, recipients: list[str]) -> None:
    with psycopg.connect(url) as owner:
        owner.execute(
            "insert into app.report_schedules (tenant_id, sponsor_id, timezone, recipients) "
            "values (1, 'a0000000-0000-4000-8000-000000000001', 'America/New_York', %s) "
            "on conflict (tenant_id, sponsor_id, cadence) do update set recipients = excluded.recipients",
            [recipients],
        )
