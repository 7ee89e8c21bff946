import smtplib

import pytest

from api.mail.smtp import MailSettingsError, Server, judge, parse_server


def test_a_server_from_its_url() -> None:
    assert parse_server("smtp://us%40er:p%2Fw@mail.example:2525") == Server("mail.example", 2525, False, "us@er", "p/w")
    assert parse_server("smtps://mail.example") == Server("mail.example", 465, True)
    assert parse_server("smtp://mail.example") == Server("mail.example", 587, False)


@pytest.mark.parametrize(
    "url", ["", "mail.example:25", "http://mail.example", "smtp://", "smtp://user:hunter2@mail.example:notaport"]
)
def test_a_wrong_url_says_what_is_expected_and_not_the_password(url: str) -> None:
    with pytest.raises(MailSettingsError, match="expected smtp://") as caught:
        parse_server(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no such user")}), "refused"),
        (smtplib.SMTPRecipientsRefused({"a": (451, b"greylisted")}), "later"),
        (smtplib.SMTPDataError(552, b"too large"), "refused"),
        (smtplib.SMTPDataError(452, b"disk full"), "later"),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), "away"),
        (smtplib.SMTPSenderRefused(553, b"not yours", "x"), "away"),
        (smtplib.SMTPServerDisconnected("gone"), "away"),
        (TimeoutError("timed out"), "away"),
        (smtplib.SMTPNotSupportedError("no SMTPUTF8"), "refused"),
    ],
)
def test_what_a_failure_means(error: Exception, verdict: str) -> None:
    assert judge(error).verdict == verdict
