"""Bounces and complaints as mail servers write them: what each says, and what says nothing of us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.mail.returned import NotReturnedError, Returned, read_returned

KEY = "hostread." + "0123456789" * 4


def bounce(action: str = "failed", status: str = "5.1.1", original: str = "message/rfc822", key: str = KEY) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.acme.com\r\nTo: reports@hostread.example\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.acme.com\r\n\r\n"
        f"Final-Recipient: rfc822; jane@acme.com\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <jane@acme.com>: no such\r\n user\r\n\r\n"
        f"--b\r\nContent-Type: {original}\r\n\r\nFrom: reports@hostread.example\r\nMessage-ID: <{key}@hostread.example>\r\n"
        "Subject: Autumn\r\n\r\nHello\r\n--b--\r\n"
    ).encode()


def complaint(kind: str = "abuse") -> bytes:
    return (
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is a report of abuse.\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nUser-Agent: Acme/1.0\r\nVersion: 1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{KEY}@hostread.example>\r\nTo: redacted\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_names_the_mail_the_code_and_the_words(original: str) -> None:
    found = read_returned(bounce(original=original))
    assert found == Returned(KEY, "bounced", "5.1.1", "smtp; 550 5.1.1 <jane@acme.com>: no such user")
    assert found.is_bad_address


@pytest.mark.parametrize(
    ("action", "status", "kind", "code", "is_bad"),
    [
        ("failed", "5.2.2", "bounced", "5.2.2", False),  # a full mailbox
        ("failed", "5.7.1", "bounced", "5.7.1", False),  # a policy that refuses the message
        ("failed", "4.4.7", "bounced", "4.4.7", False),  # given up after days
        ("failed", "", "bounced", "5.0.0", False),
        ("Failed", "5.2.1 (disabled)", "bounced", "5.2.1", True),
        ("delayed", "4.4.1", "delayed", "4.4.1", False),
    ],
)
def test_what_is_permanent_and_what_is_the_address(action: str, status: str, kind: str, code: str, is_bad: bool) -> None:
    """A full mailbox must not cost somebody the reports for ever, and a delay is no bounce."""
    found = read_returned(bounce(action, status))
    assert (found.kind, found.status, found.is_bad_address) == (kind, code, is_bad)


def test_a_complaint_names_the_mail_though_its_recipient_is_hidden() -> None:
    assert read_returned(complaint()) == Returned(KEY, "complained", "abuse", "Acme/1.0")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected multipart/report"),
        (b"Subject: out of office\r\n\r\nI am away.\r\n", "expected multipart/report"),
        (bounce(action="delivered"), "without a failure or a delay"),
        (bounce(key="other.0123"), "no Message-ID of a report"),
        (complaint("not-spam"), "not-spam"),
    ],
)
def test_what_says_nothing_of_ours_is_told(content: bytes, words: str) -> None:
    with pytest.raises(NotReturnedError, match=words):
        read_returned(content)


@given(st.binary(max_size=2_000))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    """Whoever knows the address can send anything there."""
    for message in (
        content,
        bounce() + content,
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n' + content,
    ):
        try:
            read_returned(message)
        except NotReturnedError:
            continue
