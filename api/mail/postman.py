"""Mail of the accounts, out of app.letters: queued in the transaction that means it, sent after the answer by threads of ours.

A process that dies between the two leaves the letter to the next, whichever it is; one that dies between the server's answer and
its note sends that letter again, with the same Message-ID and link. An answer's time tells nobody anything: a letter is queued for
every address, and whether it has any use is looked up later.
"""

import hashlib
import hmac
import smtplib
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog

from api.mail.envelope import envelope
from api.mail.smtp import Answer, MailSettingsError, judge, parse_server, session, transmit

Connection = psycopg.Connection[dict[str, Any]]
Transaction = Callable[[], AbstractContextManager[Connection]]
SENDER_NAME = "Hostread"
THREADS = 2
POLL_S = 5.0
# Longer than any one session with a mail server takes: until then nobody else takes the letter.
LEASE = timedelta(minutes=5)
# A server that is away for a moment is asked again soon, then twice as late each time, and once an hour at most.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address, as plain text."""

    recipient: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that this process may send, until its lease ends. `tenant_name`, `inviter` and `role` are an invitation's."""

    letter_id: UUID
    kind: str
    email: str
    created_at: datetime
    attempt_count: int
    is_wanted: bool
    tenant_name: str | None
    inviter: str | None
    role: str | None


# The letter, None where nobody has a use for it (any more); given the transaction's maker and the link's token.
Write = Callable[[Transaction, Claimed, str], Letter | None]


@dataclass
class Postman:
    """Sends what waits. `smtp_url` None: this installation sends no mail, and the pages say so. `lifetimes`: of each kind's link,
    after which its letter would open nothing."""

    smtp_url: str | None = field(repr=False)
    sender: str
    secret_key: str = field(repr=False)
    transaction: Transaction
    write: Write
    lifetimes: Mapping[str, timedelta]
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _wake: threading.Event = field(default_factory=threading.Event, repr=False)
    _threads: list[threading.Thread] = field(default_factory=list, repr=False)

    @property
    def is_on(self) -> bool:
        return self.smtp_url is not None

    def token(self, letter_id: UUID) -> str:
        """The token of a letter's link: 256 bits that follow of the secret key and the letter alone, and are stored nowhere."""
        digest = hmac.digest(self.secret_key.encode(), b"hostread letter\x00" + letter_id.bytes, hashlib.sha256)
        return urlsafe_b64encode(digest).decode().rstrip("=")

    def start(self) -> None:
        if self.is_on:
            self._threads = [threading.Thread(target=self._run, name=f"postman-{n}", daemon=True) for n in range(THREADS)]
            for thread in self._threads:
                thread.start()

    def wake(self) -> None:
        """Something was queued, and its transaction is over."""
        self._wake.set()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                while not self._stop.is_set() and self.send_next():
                    pass
            except Exception as error:
                structlog.get_logger("api").error("mail_failed", error=type(error).__name__)
            self._wake.wait(POLL_S)
            self._wake.clear()

    def send_next(self) -> bool:
        """Send the letter that has waited longest; False where none is due."""
        with self.transaction() as c:
            row = c.execute("select * from app.claim_letter(%s)", [LEASE]).fetchone()
        if row is None:
            return False
        claimed = Claimed(**row)
        with self._put_back(claimed):
            self._deliver(claimed)
        return True

    def _deliver(self, claimed: Claimed) -> None:
        if not claimed.is_wanted or claimed.created_at + self.lifetimes[claimed.kind] < datetime.now(UTC):
            self._finish(claimed, Answer("refused", "nobody could open its link any more"))
            return
        letter = self.write(self.transaction, claimed, self.token(claimed.letter_id))
        if letter is None:
            self._finish(claimed, Answer("skipped"))
            return
        answer = self._send(claimed, letter)
        if answer.verdict != "sent":
            # Neither the address nor the letter: its link opens an account.
            structlog.get_logger("api").warning("mail_not_sent", verdict=answer.verdict)
        self._finish(claimed, answer)

    def _finish(self, claimed: Claimed, answer: Answer) -> None:
        again = None
        if answer.verdict in ("later", "away"):
            again = datetime.now(UTC) + min(FIRST_PAUSE * 2 ** min(claimed.attempt_count - 1, 12), LONGEST_PAUSE)
        with self.transaction() as c:
            reason = answer.reason.replace("\x00", "")
            c.execute("select app.finish_letter(%s, %s, %s, %s)", [claimed.letter_id, answer.verdict, reason, again])
        if again is not None:
            self._wake_at(again)

    def _wake_at(self, at: datetime) -> None:
        """Sooner than the next look, where the pause is shorter."""
        pause = (at - datetime.now(UTC)).total_seconds()
        if 0 < pause < POLL_S:
            time.sleep(pause)
            self.wake()

    def _send(self, claimed: Claimed, letter: Letter) -> Answer:
        try:
            key = f"letter-{claimed.letter_id.hex}"
            message = envelope(key, SENDER_NAME, self.sender, letter.recipient, letter.subject, claimed.created_at)
            message.set_content(letter.text)
            with session(parse_server(self.smtp_url or "")) as client:
                return transmit(client, message, self.sender, letter.recipient)
        except (MailSettingsError, ValueError) as error:
            return Answer("refused", str(error))
        except (smtplib.SMTPException, OSError) as error:
            return judge(error)

    @contextmanager
    def _put_back(self, claimed: Claimed) -> Iterator[None]:
        """A fault of ours keeps the letter: it waits for its lease to end."""
        try:
            yield
        except psycopg.Error:
            raise
        except Exception as error:
            structlog.get_logger("api").error("mail_failed", error=type(error).__name__, attempt=claimed.attempt_count)


def queue_letter(c: Connection, letter_id: UUID, kind: str, email: str, invitation_id: UUID | None = None) -> None:
    """In the caller's transaction: with it the letter is there, or is not."""
    c.execute("select app.queue_letter(%s, %s, %s, %s)", [letter_id, kind, email, invitation_id])
