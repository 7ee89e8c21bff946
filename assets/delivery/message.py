"""The mail that carries a report: built from stored rows alone, the same delivery always the same message."""

import html
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from api.mail.envelope import envelope
from api.reports.csv import read_figures
from api.reports.document import Figure
from api.reports.formats import shown, span
from api.reports.text import clean
from assets.delivery.periods import Period

SUBJECT_LIMIT = 140
METHODS = "How each figure is made stands on the last page of the report."


@dataclass(frozen=True)
class Mail:
    """What a message is made of. `message_key` is the left part of its Message-ID; `queued_at` its date."""

    message_key: str
    sender: str
    recipient: str
    publisher: str
    sponsor: str
    campaign: str
    period: Period
    is_final: bool
    queued_at: datetime
    pdf_name: str
    pdf: bytes
    csv: bytes


def build_message(mail: Mail) -> EmailMessage:
    """The message, with the PDF attached. Raises ValueError where the recipient or the sender is no address."""
    message = envelope(mail.message_key, clean(mail.publisher, 80), mail.sender, mail.recipient, subject(mail), mail.queued_at)
    headline = [figure for figure in read_figures(mail.csv) if figure.figure_id.startswith("headline.")]
    message.set_content(plain_body(mail, headline))
    message.add_alternative(html_body(mail, headline), subtype="html")
    message.add_attachment(mail.pdf, maintype="application", subtype="pdf", filename=mail.pdf_name)
    return message


def subject(mail: Mail) -> str:
    kind = "final report" if mail.is_final else "weekly report"
    return clean(f"{clean(mail.campaign, 80)}: {kind}, {span(mail.period.start, mail.period.end)}", SUBJECT_LIMIT)


def introduction(mail: Mail) -> str:
    kind = "final report" if mail.is_final else "report"
    week = span(mail.period.start, mail.period.end)
    return (
        f"attached is the {kind} on {clean(mail.campaign)} for {clean(mail.sponsor)}, sent for the week {week}. "
        "Its figures are those of the campaign from its start to the build named in the report."
    )


def plain_body(mail: Mail, headline: list[Figure]) -> str:
    rows = "\n".join(f"  {figure.label}: {shown(figure)}" for figure in headline)
    return f"Hello,\n\n{introduction(mail)}\n\n{rows}\n\n{METHODS}\n\n{clean(mail.publisher)}\n"


def html_body(mail: Mail, headline: list[Figure]) -> str:
    cell = 'style="padding:6px 24px 6px 0;border-bottom:1px solid #dde2ec"'
    rows = "".join(
        f"<tr><td {cell}>{html.escape(figure.label)}</td><td {cell}><strong>{html.escape(shown(figure))}</strong></td></tr>"
        for figure in headline
    )
    return (
        '<!doctype html><html lang="en"><body style="font:15px/1.5 Helvetica,Arial,sans-serif;color:#14213d">'
        f"<p>Hello,</p><p>{html.escape(introduction(mail))}</p>"
        f'<table role="presentation" style="border-collapse:collapse;font-size:14px">{rows}</table>'
        f"<p>{METHODS}</p><p>{html.escape(clean(mail.publisher))}</p></body></html>"
    )
