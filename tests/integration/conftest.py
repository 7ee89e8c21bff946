"""A mail server on loopback that keeps what it receives: of reports, of alerts and of accounts."""

import asyncio
import email
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller


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


class Listening(Controller):
    """A server on a port that it binds before anybody hears of it; a loaded machine may take its time to start it."""

    def __init__(self, box: Mailbox, **more: Any) -> None:
        self.bound = socket.create_server(("127.0.0.1", 0))
        super().__init__(box, hostname="127.0.0.1", port=int(self.bound.getsockname()[1]), ready_timeout=60.0, **more)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self.bound)


@pytest.fixture
def mail_server() -> type[Controller]:
    """The class of a server of the test's own, which takes what aiosmtpd's takes."""
    return Listening


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Listening(box)
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    yield box
    controller.stop()
