"""The mail server: where it is, and what its answers mean for one message and for all others."""

import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal
from urllib.parse import unquote, urlsplit

from api.mail.envelope import ready_to_send

TIMEOUT_S = 30.0
Verdict = Literal["sent", "refused", "later", "away", "skipped"]


class MailSettingsError(ValueError):
    """HOSTREAD_SMTP_URL cannot be used; the message says what was found and what to set, never the password."""


@dataclass(frozen=True)
class Server:
    """A mail server. `is_tls`: encrypted from the first byte (smtps), else by STARTTLS where it is offered."""

    host: str
    port: int
    is_tls: bool
    user: str | None = None
    password: str | None = None

    @property
    def is_local(self) -> bool:
        if self.host == "localhost":
            return True
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return False


@dataclass(frozen=True)
class Answer:
    """What became of one message. `later`: this message, another time. `away`: the server, so no message now. `refused`: never.
    `skipped`: another mailer has it, or its report is not there."""

    verdict: Verdict
    reason: str = ""


def parse_server(url: str) -> Server:
    """smtp://user:password@host:port or smtps://…; ports 587 and 465 where none is named. Raises MailSettingsError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise MailSettingsError(
            f"found an SMTP URL that cannot be read ({error}), expected smtp://user:password@host:port"
        ) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise MailSettingsError(
            f"found an SMTP URL that begins {parts.scheme}://{parts.hostname or ''}, expected smtp://host:port or smtps://host:port"
        )
    is_tls = parts.scheme == "smtps"
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password is not None else None
    return Server(parts.hostname, port or (465 if is_tls else 587), is_tls, user, password)


@contextlib.contextmanager
def session(server: Server) -> Iterator[smtplib.SMTP]:
    """An open, authenticated session. Raises MailSettingsError, smtplib.SMTPException or OSError."""
    context = ssl.create_default_context()
    if server.is_tls:
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        client.ehlo()
        if not server.is_tls and client.has_extn("starttls"):
            client.starttls(context=context)
            client.ehlo()
        elif server.user and not server.is_tls and not server.is_local:
            raise MailSettingsError(
                f"found no encryption at {server.host}:{server.port}, expected STARTTLS before a password is sent: "
                "use smtps:// or another server"
            )
        if server.user:
            client.login(server.user, server.password or "")
        yield client
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()


def transmit(client: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> Answer:
    """Hand one message for one recipient to the server."""
    try:
        client.send_message(ready_to_send(message), from_addr=sender, to_addrs=[recipient])
    except (smtplib.SMTPException, OSError) as error:
        return judge(error)
    return Answer("sent")


def judge(error: Exception) -> Answer:
    """What a failure says (RFC 5321, section 4.2.1): 4yz is to be tried again, 5yz is not; a lost connection is the server's."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return Answer("later" if is_transient(code) else "refused", spell(code, words))
    if isinstance(
        error, smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused | smtplib.SMTPConnectError | smtplib.SMTPHeloError
    ):
        # Not this message's fault: whoever is next would hear the same.
        return Answer("away", spell(error.smtp_code, error.smtp_error))
    if isinstance(error, smtplib.SMTPResponseException):
        return Answer("later" if is_transient(error.smtp_code) else "refused", spell(error.smtp_code, error.smtp_error))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Answer("refused", f"the server cannot carry this message: {error}")
    return Answer("away", f"{type(error).__name__}: {error}")


def is_transient(code: int) -> bool:
    # 421 at RCPT, and whatever is no SMTP code at all (-1 from smtplib), may pass by itself too.
    return not 500 <= code < 600


def spell(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return f"{code} {text}"[:500]
