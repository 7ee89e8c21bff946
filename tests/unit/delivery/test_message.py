import email
from dataclasses import replace
from datetime import UTC, date, datetime
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.delivery.message import Mail, build_message
from assets.delivery.periods import Period

CSV = (
    "section,figure_id,label,dimension,value,unit,currency,build_id\r\n"
    "headline,headline.revenue,Revenue,,1234.50,money,USD,b\r\n"
    "headline,headline.roas,Return on ad spend,,not identifiable (no spend),ratio,,b\r\n"
    "roi,roi.linear.roi,ROI,,0.5,rate,,b\r\n"
).encode("utf-8-sig")
MAIL = Mail(
    message_key="hostread.abc", sender="reports@hostread.example", recipient="jane@sponsor.example", publisher="Lighthouse",
    sponsor="Northwind", campaign="Autumn", period=Period(date(2026, 11, 9), date(2026, 11, 15)), is_final=False,
    queued_at=datetime(2026, 11, 16, 6, 0, tzinfo=UTC), pdf_name="autumn.pdf", pdf=b"%PDF-1.4", csv=CSV,
)  # fmt: skip


def sent(mail: Mail) -> email.message.EmailMessage:
    """As it arrives: through bytes, as SMTP carries it."""
    message = email.message_from_bytes(build_message(mail).as_bytes(), policy=default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def test_the_message_says_what_the_report_says() -> None:
    message = sent(MAIL)
    assert message["Message-ID"] == "<hostread.abc@hostread.example>"
    assert message["Subject"] == "Autumn: weekly report, 9 – 15 Nov 2026"
    assert message["Date"] == "Mon, 16 Nov 2026 06:00:00 +0000"
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body
        assert "$1,234.50" in body.get_content()
        assert "not identifiable (no spend)" in body.get_content()
        assert "ROI" not in body.get_content().replace("ROI:", "ROI")
    [attachment] = list(message.iter_attachments())
    assert (attachment.get_filename(), attachment.get_content()) == ("autumn.pdf", b"%PDF-1.4")


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_name_adds_a_header_or_a_recipient(campaign: str, sponsor: str, publisher: str) -> None:
    message = sent(replace(MAIL, campaign=campaign, sponsor=sponsor, publisher=publisher))
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert [a.addr_spec for a in message["To"].addresses] == ["jane@sponsor.example"]
    assert [a.addr_spec for a in message["From"].addresses] == ["reports@hostread.example"]


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "jane",
        "a@b@c.example",
        "a@b.example, c@d.example",
        "Jane <a@b.example>",
        "a@b.example\r\nBcc: c@d.example",
        "a b@c.example",
        "a@b..example",
    ],
)
def test_only_one_plain_address_is_a_recipient(recipient: str) -> None:
    with pytest.raises(ValueError, match="correct the schedule"):
        build_message(replace(MAIL, recipient=recipient))


def test_an_international_domain_travels_as_ascii() -> None:
    assert sent(replace(MAIL, recipient="jane@müller.example"))["To"].addresses[0].addr_spec == "jane@xn--mller-kva.example"


def test_markup_in_a_name_is_text_in_the_html() -> None:
    body = sent(replace(MAIL, campaign="<script>alert(1)</script>")).get_body(("html",))
    assert body
    assert "<script>" not in body.get_content()
    assert "&lt;script&gt;" in body.get_content()
