"""The mail that carries a sponsor's reports of a period: of stored rows alone, the same delivery always the same message."""

import html
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage

from api.mail.envelope import envelope
from api.mail.periods import Cadence, Period
from api.reports.document import Figure
from api.reports.formats import shown, span
from api.reports.text import clean

SUBJECT_LIMIT = 140
METHODS = "How each figure is made stands on the last page of each report."
KINDS: dict[Cadence, str] = {"weekly": "weekly report", "monthly": "monthly report", "campaign_end": "report at the campaign's end"}
# Base64 makes a third more of them, and many servers refuse a message of over ten megabytes: what is beyond goes as a link alone.
LARGEST_ATTACHMENTS = 7_000_000


@dataclass(frozen=True)
class Part:
    """One report in a message: a campaign's, or the sponsor's network summary, whose campaign is None. `links`: the address of each
    file by what it is called."""

    campaign: str | None
    is_final: bool
    headline: tuple[Figure, ...]
    pdf_name: str
    pdf: bytes
    links: tuple[tuple[str, str], ...] = ()
    kind: str = "campaign"

    @property
    def title(self) -> str:
        if self.campaign is None:
            return "All campaigns"
        return f"{clean(self.campaign)}, after the flight" if self.kind == "post_campaign" else clean(self.campaign)


@dataclass(frozen=True)
class Mail:
    """What a message is made of. `message_key` is the left part of its Message-ID; `queued_at` its date."""

    message_key: str
    sender: str
    recipient: str
    publisher: str
    sponsor: str
    cadence: Cadence
    period: Period
    queued_at: datetime
    parts: tuple[Part, ...]
    version: int = 1
    is_preview: bool = False
    links_until: date | None = None
    unsubscribe_url: str | None = None


def build_message(mail: Mail) -> EmailMessage:
    """The message, with a PDF for each report. Raises ValueError where the recipient or the sender is no address."""
    message = envelope(mail.message_key, clean(mail.publisher, 80), mail.sender, mail.recipient, subject(mail), mail.queued_at)
    if mail.unsubscribe_url:
        # RFC 2369, and RFC 8058: one POST without a question ends it.
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(plain_body(mail))
    message.add_alternative(html_body(mail), subtype="html")
    room = LARGEST_ATTACHMENTS
    for part in mail.parts:
        room -= len(part.pdf)
        # One that has no link is attached whatever its size: it must reach its reader.
        if room >= 0 or not part.links:
            message.add_attachment(part.pdf, maintype="application", subtype="pdf", filename=part.pdf_name)
    return message


def subject(mail: Mail) -> str:
    campaigns = {part.campaign for part in mail.parts}
    about = next(iter(campaigns)) if len(campaigns) == 1 else None
    corrected = "corrected " if mail.version > 1 else ""
    words = f"{clean(about or mail.sponsor, 80)}: {corrected}{kind(mail)}, {span(mail.period.start, mail.period.end)}"
    return clean(f"[Preview] {words}" if mail.is_preview else words, SUBJECT_LIMIT)


def kind(mail: Mail) -> str:
    told = [part.is_final for part in mail.parts if part.kind == "campaign"]
    return "final report" if told and all(told) else KINDS[mail.cadence]


def introduction(mail: Mail) -> str:
    reports = f"{len(mail.parts)} reports"
    if len(mail.parts) == 1:
        reports = f"the {kind(mail)} on {mail.parts[0].title if mail.parts[0].campaign else 'all campaigns'}"
    told = {"weekly": "sent for the week", "monthly": "sent for the month", "campaign_end": "whose flight was"}[mail.cadence]
    corrected = " It corrects the one sent before." if mail.version > 1 else ""
    kinds = {part.kind for part in mail.parts}
    of_days = " The figures of all campaigns together are those of these days, as UTC days." if "network" in kinds else ""
    of_builds = (
        " The figures are those of each campaign from its start to the build named in its report." if kinds - {"network"} else ""
    )
    return (
        f"attached: {reports} for {clean(mail.sponsor)}, {told} {span(mail.period.start, mail.period.end)}.{corrected}"
        f"{of_builds}{of_days}"
    )


def closing(mail: Mail) -> str:
    """When the links end, in words; empty where there are none."""
    if mail.links_until is None or not any(part.links for part in mail.parts):
        return ""
    return f"The links open until {mail.links_until.isoformat()}, without a login: pass them on to nobody who should not read this."


def plain_body(mail: Mail) -> str:
    blocks = [f"Hello,\n\n{introduction(mail)}"]
    for part in mail.parts:
        rows = "\n".join(f"  {figure.label}: {shown(figure)}" for figure in part.headline)
        links = "".join(f"\n  {name}: {url}" for name, url in part.links)
        blocks.append(f"{part.title}\n{rows}{links}")
    blocks += [line for line in (closing(mail), METHODS, clean(mail.publisher)) if line]
    if mail.unsubscribe_url:
        blocks.append(f"No more of these reports: {mail.unsubscribe_url}")
    return "\n\n".join(blocks) + "\n"


def html_body(mail: Mail) -> str:
    inner = "".join(html_part(part) for part in mail.parts)
    end = f'<p><a href="{html.escape(mail.unsubscribe_url)}">No more of these reports</a></p>' if mail.unsubscribe_url else ""
    links = f"<p>{html.escape(closing(mail))}</p>" if closing(mail) else ""
    return (
        '<!doctype html><html lang="en"><body style="font:15px/1.5 Helvetica,Arial,sans-serif;color:#14213d">'
        f"<p>Hello,</p><p>{html.escape(introduction(mail))}</p>{inner}{links}"
        f"<p>{METHODS}</p><p>{html.escape(clean(mail.publisher))}</p>{end}</body></html>"
    )


def html_part(part: Part) -> str:
    cell = 'style="padding:6px 24px 6px 0;border-bottom:1px solid #dde2ec"'
    rows = "".join(
        f"<tr><td {cell}>{html.escape(figure.label)}</td><td {cell}><strong>{html.escape(shown(figure))}</strong></td></tr>"
        for figure in part.headline
    )
    links = " · ".join(f'<a href="{html.escape(url)}">{html.escape(name)}</a>' for name, url in part.links)
    return (
        f'<h2 style="font-size:16px">{html.escape(part.title)}</h2>'
        f'<table role="presentation" style="border-collapse:collapse;font-size:14px">{rows}</table>'
        + (f"<p>{links}</p>" if links else "")
    )
