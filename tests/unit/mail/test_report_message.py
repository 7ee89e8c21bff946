import email
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.mail.envelope import ready_to_send
from api.mail.links import Links
from api.mail.periods import Period
from api.mail.report_message import LARGEST_ATTACHMENTS, Mail, Part, build_message
from api.reports.document import Figure

PART = Part(
    campaign="Autumn",
    is_final=False,
    headline=(
        Figure("headline.revenue", "Revenue", Decimal("1234.50"), "money", "USD"),
        Figure("headline.roas", "Return on ad spend", None, "ratio", absent="not identifiable (no spend)"),
    ),
    pdf_name="autumn.pdf",
    pdf=b"%PDF-1.4",
)
MAIL = Mail(
    message_key="hostread.abc", sender="reports@hostread.example", recipient="jane@sponsor.example", publisher="Lighthouse",
    sponsor="Northwind", cadence="weekly", period=Period(date(2026, 11, 9), date(2026, 11, 15)),
    queued_at=datetime(2026, 11, 16, 6, 0, tzinfo=UTC), parts=(PART,),
)  # fmt: skip


def sent(mail: Mail) -> email.message.EmailMessage:
    """As it arrives: through bytes, as SMTP carries it."""
    message = email.message_from_bytes(ready_to_send(build_message(mail)).as_bytes(), policy=default)
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
    [attachment] = list(message.iter_attachments())
    assert (attachment.get_filename(), attachment.get_content()) == ("autumn.pdf", b"%PDF-1.4")


def test_a_mail_speaks_the_language_of_its_reports() -> None:
    mail = replace(
        MAIL, language="de", version=2, is_preview=True, unsubscribe_url="https://x.example/u", links_until=date(2026, 12, 18),
        parts=(replace(PART, links=(("PDF", "https://reports.example/1"),)), replace(PART, campaign=None, kind="network")),
    )  # fmt: skip
    message = sent(mail)
    assert message["Subject"] == "[Vorschau] Northwind: Wochenbericht (berichtigt), 9. – 15. Nov. 2026"
    assert message["Content-Language"] == "de"
    text, html = (message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    assert text.startswith("Guten Tag,\n\nanbei: 2 Berichte für Northwind, für die Woche 9. – 15. Nov. 2026. Er berichtigt")
    assert "Alle Kampagnen" in text
    assert "Umsatz: 1.234,50\u00a0$" in text
    assert "Die Links öffnen bis 18. Dez. 2026" in text
    assert "Keine weiteren Berichte" in html
    assert '<html lang="de">' in html
    english = sent(replace(mail, language="en")).get_body(("plain",)).get_content()
    # Names, addresses and what the data say are alike; no sentence is.
    assert {line for line in text.splitlines() if line.strip()} & set(english.splitlines()) == {
        "Autumn", "  PDF: https://reports.example/1", "Lighthouse",
    }  # fmt: skip


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_name_adds_a_header_or_a_recipient(campaign: str, sponsor: str, publisher: str) -> None:
    message = sent(replace(MAIL, parts=(replace(PART, campaign=campaign),), sponsor=sponsor, publisher=publisher))
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"]
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
    body = sent(replace(MAIL, parts=(replace(PART, campaign="<script>alert(1)</script>"),))).get_body(("html",))
    assert body
    assert "<script>" not in body.get_content()
    assert "&lt;script&gt;" in body.get_content()


def test_one_post_without_a_question_ends_the_mails() -> None:
    """RFC 8058 wants both headers; a preview, which goes to who asked for it, has neither."""
    message = sent(replace(MAIL, unsubscribe_url="https://reports.example/unsubscribe/token"))
    assert message["List-Unsubscribe"] == "<https://reports.example/unsubscribe/token>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent(MAIL)["List-Unsubscribe"] is None


def test_the_headers_that_programs_read_are_one_plain_line_each() -> None:
    """Folded at 78 characters a link becomes encoded words, and a mail program finds no link in it."""
    link = Links("https://reports.a-rather-long-name.example", "s" * 32).unsubscribe(123_456, UUID(int=2**127))
    mail = replace(MAIL, unsubscribe_url=link, message_key=f"hostread.{'a' * 40}")
    lines = ready_to_send(build_message(mail)).as_bytes().split(b"\r\n")
    assert f"List-Unsubscribe: <{link}>".encode() in lines
    assert f"Message-ID: <hostread.{'a' * 40}@hostread.example>".encode() in lines
    assert max(len(line) for line in lines) < 998


def test_what_is_too_large_for_a_mail_goes_as_a_link() -> None:
    """A message that a server refuses for its size would reach nobody."""
    large = replace(PART, campaign="Winter", pdf=b"x" * LARGEST_ATTACHMENTS, links=(("PDF", "https://reports.example/1"),))
    message = sent(replace(MAIL, parts=(PART, large), links_until=date(2026, 12, 18)))
    assert [one.get_filename() for one in message.iter_attachments()] == ["autumn.pdf"]
    text = message.get_body(("plain",)).get_content()
    assert "PDF: https://reports.example/1" in text
    assert "until 18 Dec 2026" in text
    assert message["Subject"] == "Northwind: weekly report, 9 – 15 Nov 2026"


def test_a_correction_and_a_preview_say_so() -> None:
    assert sent(replace(MAIL, version=2))["Subject"] == "Autumn: corrected weekly report, 9 – 15 Nov 2026"
    assert sent(replace(MAIL, is_preview=True))["Subject"].startswith("[Preview] Autumn")


def test_a_summary_goes_before_the_campaigns_and_says_which_days_it_is_of() -> None:
    """The faults: a subject that names one campaign of several, or two reports of one campaign that read alike."""
    whole = replace(PART, campaign=None, kind="network")
    message = sent(replace(MAIL, parts=(whole, PART)))
    assert message["Subject"] == "Northwind: weekly report, 9 – 15 Nov 2026"
    lines = message.get_body(("plain",)).get_content().splitlines()
    assert lines.index("All campaigns") < lines.index("Autumn") and "as UTC days" in lines[2]
    after = (replace(PART, is_final=True), replace(PART, kind="post_campaign", pdf_name="autumn-after-the-flight.pdf"))
    message = sent(replace(MAIL, cadence="campaign_end", parts=after))
    assert message["Subject"] == "Autumn: final report, 9 – 15 Nov 2026"
    assert "Autumn, after the flight" in message.get_body(("plain",)).get_content().splitlines()
