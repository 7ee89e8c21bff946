"""What comes back of a mail: bounces (RFC 3464) and complaints (RFC 5965) as messages, read into what they say. Pure."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from typing import Literal

Kind = Literal["bounced", "delayed", "complained"]
# The left part of a report's Message-ID (api.mail.issues.message_key), wherever a returned message quotes it.
OURS = re.compile(r"<(hostread\.[0-9a-f]{40})@[^>\s]+>")
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# A bad address, or a mailbox that is no more (RFC 3463): whatever else is permanent may be of the one message alone.
NO_SUCH_ADDRESS = re.compile(r"5\.(?:1\.\d+|2\.1)")
LARGEST = 10_000_000


class NotReturnedError(ValueError):
    """A message that is neither a bounce nor a complaint about one of our mails; says what was found."""


@dataclass(frozen=True)
class Returned:
    """One mail of ours and what became of it. `status`: an enhanced status code, or the kind of a complaint."""

    message_key: str
    kind: Kind
    status: str
    said: str = ""

    @property
    def is_bad_address(self) -> bool:
        return self.kind == "bounced" and NO_SUCH_ADDRESS.fullmatch(self.status) is not None


def read_returned(content: bytes) -> Returned:
    """One returned message. Raises NotReturnedError, also for bytes that are no message at all."""
    message = email.message_from_bytes(content[:LARGEST], policy=compat32)
    kind = str(message.get_param("report-type") or "").lower()
    if message.get_content_type() != "multipart/report" or kind not in ("delivery-status", "feedback-report"):
        found = f"{message.get_content_type()} {kind}".strip()
        raise NotReturnedError(
            f"found {found[:100]}, expected multipart/report, a delivery status (RFC 3464) or a complaint (RFC 5965)"
        )
    key = _key(message)
    if key is None:
        raise NotReturnedError("found no Message-ID of a report in what was returned, expected the original message or its headers")
    return _complaint(message, key) if kind == "feedback-report" else _bounce(message, key)


def _bounce(message: Message, key: str) -> Returned:
    """Of one mail to one recipient the worst that is said: it went to nobody else."""
    said: list[tuple[int, Kind, str, str]] = []
    for fields in _fields(message, "message/delivery-status"):
        action, status = str(fields.get("Action", "")).strip().lower(), STATUS.search(str(fields.get("Status", "")))
        if action not in ("failed", "delayed"):
            continue
        code = status[0] if status else ("5.0.0" if action == "failed" else "4.0.0")
        # A server that says `failed` with a 4yz has given up: it is gone, and the address may be well.
        kind: Kind = "bounced" if action == "failed" else "delayed"
        said.append((kind == "bounced", kind, code, _one_line(str(fields.get("Diagnostic-Code", "")))))
    if not said:
        raise NotReturnedError("found a delivery status without a failure or a delay, expected one: there is nothing to mark")
    _, kind, code, words = max(said)
    return Returned(key, kind, code, words)


def _complaint(message: Message, key: str) -> Returned:
    for fields in _fields(message, "message/feedback-report"):
        kind = _one_line(str(fields.get("Feedback-Type", "")))[:40].lower()
        if kind == "not-spam":
            raise NotReturnedError("found the feedback not-spam, expected a complaint: there is nothing to mark")
        if kind:
            return Returned(key, "complained", kind, _one_line(str(fields.get("User-Agent", ""))))
    raise NotReturnedError("found a complaint without a Feedback-Type, expected one such as abuse")


def _fields(message: Message, content_type: str) -> Iterator[Message]:
    """The blocks of fields of the report's machine-readable part, however the parser took them."""
    for part in message.walk():
        if part.get_content_type() != content_type:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (block for block in payload if isinstance(block, Message))
            # A message/feedback-report is parsed as a message whose headers are the fields.
        elif isinstance(payload, str):
            yield from (email.message_from_string(block) for block in re.split(r"\r?\n\r?\n", payload) if block.strip())


def _key(message: Message) -> str | None:
    """The Message-ID of what was returned: in the original's headers, else in those of the returned message itself."""
    for part in message.walk():
        if part is message or part.get_content_type() not in ("message/rfc822", "text/rfc822-headers", "text/rfc822-header"):
            continue
        payload = part.get_payload()
        original = payload[0] if isinstance(payload, list) and payload else email.message_from_string(str(payload))
        found = OURS.search(str(original.get("Message-ID", ""))) if isinstance(original, Message) else None
        if found:
            return found[1]
    for name in ("In-Reply-To", "References"):
        found = OURS.search(str(message.get(name, "")))
        if found:
            return found[1]
    return None


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:500]
