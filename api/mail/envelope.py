"""The headers that every mail of ours bears: from whom, to whom, when, and that a machine sent it."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from api.mail.addresses import address


def envelope(
    message_key: str, sender_name: str, sender_text: str, recipient_text: str, subject: str, written_at: datetime
) -> EmailMessage:
    """A message without a body. `message_key` is the left part of its Message-ID: the same mail sent again bears the same. Raises
    ValueError where the sender or the recipient is no address."""
    sender, recipient = address(sender_text), address(recipient_text)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=sender_name, addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = f"<{message_key}@{sender.rpartition('@')[2]}>"
    # No out-of-office answers to a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    return message


def ready_to_send(message: EmailMessage) -> EmailMessage:
    """The same message, whose headers stay on one line each: folded at 78 characters, the address of a link would be encoded, which
    no mail program reads in List-Unsubscribe, and a Message-ID would stand on a line of its own. RFC 5322 allows 998."""
    message.policy = message.policy.clone(max_line_length=990)
    return message
