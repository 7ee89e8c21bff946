"""Mail of the accounts: written and handed to the server after the answer, so that an answer's time tells nobody anything."""

import smtplib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import structlog

from api.mail.envelope import envelope
from api.mail.smtp import Answer, MailSettingsError, judge, parse_server, session, transmit

SENDER_NAME = "Hostread"
# A server that is away for a moment is asked again; whoever waits longer asks for the mail once more.
PAUSES_S = (0.0, 2.0, 15.0)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address, as plain text."""

    recipient: str
    subject: str
    text: str


@dataclass
class Postman:
    """Sends letters in threads of its own. `smtp_url` None: this installation sends no mail, and the pages say so."""

    smtp_url: str | None = field(repr=False)
    sender: str
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "postman"), repr=False)

    @property
    def is_on(self) -> bool:
        return self.smtp_url is not None

    def later(self, write: Callable[[], Letter | None], told: Callable[[Answer], None] | None = None) -> None:
        """Run `write`, send what it returns, then tell what became of it; nothing waits for that."""
        self._pool.submit(self._deliver, write, told)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, write: Callable[[], Letter | None], told: Callable[[Answer], None] | None) -> None:
        try:
            letter = write()
            if letter is None:
                return
            answer = self._send(letter)
            if answer.verdict != "sent":
                # Neither the address nor the letter: its link opens an account.
                structlog.get_logger("api").warning("mail_not_sent", verdict=answer.verdict)
            if told is not None:
                told(answer)
        except Exception as error:
            structlog.get_logger("api").error("mail_failed", error=type(error).__name__)

    def _send(self, letter: Letter) -> Answer:
        answer = Answer("away", "no mail server is configured: set HOSTREAD_SMTP_URL")
        for pause in PAUSES_S if self.smtp_url else ():
            time.sleep(pause)
            answer = self._try(letter)
            if answer.verdict in ("sent", "refused"):
                break
        return answer

    def _try(self, letter: Letter) -> Answer:
        try:
            message = envelope(uuid4().hex, SENDER_NAME, self.sender, letter.recipient, letter.subject, datetime.now(UTC))
            message.set_content(letter.text)
            with session(parse_server(self.smtp_url or "")) as client:
                return transmit(client, message, self.sender, letter.recipient)
        except (MailSettingsError, ValueError) as error:
            return Answer("refused", str(error))
        except (smtplib.SMTPException, OSError) as error:
            return judge(error)
