"""The mail that carries a sponsor's reports of a period: of stored rows alone, the same delivery always the same message."""

import html
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage

from api.mail.envelope import envelope
from api.mail.periods import Cadence, Period
from api.reports.document import Figure
from api.reports.formats import day, shown, span
from api.reports.language import said_figure, say
from api.reports.look import Language, Look, looking
from api.reports.text import clean

SUBJECT_LIMIT = 140
METHODS = "How each figure is made stands on the last page of each report."
NO_MORE = "No more of these reports"
KINDS: dict[Cadence, str] = {"weekly": "weekly report", "monthly": "monthly report", "campaign_end": "report at the campaign's end"}
INTRODUCTIONS: dict[Cadence, str] = {
    "weekly": "attached: {reports} for {sponsor}, sent for the week {days}.",
    "monthly": "attached: {reports} for {sponsor}, sent for the month {days}.",
    "campaign_end": "attached: {reports} for {sponsor}, whose flight was {days}.",
}
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
            return say("All campaigns")
        return (
            say("{campaign}, after the flight", campaign=clean(self.campaign))
            if self.kind == "post_campaign"
            else clean(self.campaign)
        )


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
    language: Language = "en"


@dataclass(frozen=True)
class Letter:
    """A mail's words, as plain text and as HTML."""

    subject: str
    text: str
    html: str


def build_message(mail: Mail) -> EmailMessage:
    """The message, with a PDF for each report. Raises ValueError where the recipient or the sender is no address."""
    letter = write(mail)
    message = envelope(mail.message_key, clean(mail.publisher, 80), mail.sender, mail.recipient, letter.subject, mail.queued_at)
    if mail.unsubscribe_url:
        # RFC 2369, and RFC 8058: one POST without a question ends it.
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    room = LARGEST_ATTACHMENTS
    for part in mail.parts:
        room -= len(part.pdf)
        # One that has no link is attached whatever its size: it must reach its reader.
        if room >= 0 or not part.links:
            message.add_attachment(part.pdf, maintype="application", subtype="pdf", filename=part.pdf_name)
    # RFC 3282. Last: each part that is added takes the headers of the content with it.
    message["Content-Language"] = mail.language
    return message


def write(mail: Mail) -> Letter:
    """What the mail says, in the language of its reports."""
    with looking(Look(language=mail.language)):
        return Letter(_subject(mail), _plain(mail), _html(mail))


def _subject(mail: Mail) -> str:
    campaigns = {part.campaign for part in mail.parts}
    about = next(iter(campaigns)) if len(campaigns) == 1 else None
    words = say(
        "{about}: corrected {kind}, {days}" if mail.version > 1 else "{about}: {kind}, {days}",
        about=clean(about or mail.sponsor, 80), kind=_kind(mail), days=span(mail.period.start, mail.period.end),
    )  # fmt: skip
    return clean(say("[Preview] {subject}", subject=words) if mail.is_preview else words, SUBJECT_LIMIT)


def _kind(mail: Mail) -> str:
    told = [part.is_final for part in mail.parts if part.kind == "campaign"]
    return say("final report" if told and all(told) else KINDS[mail.cadence])


def _introduction(mail: Mail) -> str:
    """What is attached, and of which days its figures are."""
    if len(mail.parts) == 1:
        title = mail.parts[0].title if mail.parts[0].campaign else say("all campaigns")
        reports = say("the {kind} on {title}", kind=_kind(mail), title=title)
    else:
        reports = say("{count} reports", count=len(mail.parts))
    days = span(mail.period.start, mail.period.end)
    told = [say(INTRODUCTIONS[mail.cadence], reports=reports, sponsor=clean(mail.sponsor), days=days)]
    if mail.version > 1:
        told.append(say("It corrects the one sent before."))
    kinds = {part.kind for part in mail.parts}
    if kinds - {"network"}:
        told.append(say("The figures are those of each campaign from its start to the build named in its report."))
    if "network" in kinds:
        told.append(say("The figures of all campaigns together are those of these days, as UTC days."))
    return " ".join(told)


def _closing(mail: Mail) -> str:
    """When the links end, in words; empty where there are none."""
    if mail.links_until is None or not any(part.links for part in mail.parts):
        return ""
    return say(
        "The links open until {day}, without a login: pass them on to nobody who should not read this.",
        day=day(mail.links_until),
    )


def _plain(mail: Mail) -> str:
    blocks = [f"{say('Hello,')}\n\n{_introduction(mail)}"]
    for part in mail.parts:
        rows = "\n".join(f"  {figure.label}: {shown(figure)}" for figure in map(said_figure, part.headline))
        links = "".join(f"\n  {name}: {url}" for name, url in part.links)
        blocks.append(f"{part.title}\n{rows}{links}")
    blocks += [line for line in (_closing(mail), say(METHODS), clean(mail.publisher)) if line]
    if mail.unsubscribe_url:
        blocks.append(f"{say(NO_MORE)}: {mail.unsubscribe_url}")
    return "\n\n".join(blocks) + "\n"


def _html(mail: Mail) -> str:
    inner = "".join(_html_part(part) for part in mail.parts)
    end = f'<p><a href="{html.escape(mail.unsubscribe_url)}">{html.escape(say(NO_MORE))}</a></p>' if mail.unsubscribe_url else ""
    links = f"<p>{html.escape(_closing(mail))}</p>" if _closing(mail) else ""
    return (
        f'<!doctype html><html lang="{mail.language}"><body style="font:15px/1.5 Helvetica,Arial,sans-serif;color:#14213d">'
        f"<p>{html.escape(say('Hello,'))}</p><p>{html.escape(_introduction(mail))}</p>{inner}{links}"
        f"<p>{html.escape(say(METHODS))}</p><p>{html.escape(clean(mail.publisher))}</p>{end}</body></html>"
    )


def _html_part(part: Part) -> str:
    cell = 'style="padding:6px 24px 6px 0;border-bottom:1px solid #dde2ec"'
    rows = "".join(
        f"<tr><td {cell}>{html.escape(figure.label)}</td><td {cell}><strong>{html.escape(shown(figure))}</strong></td></tr>"
        for figure in map(said_figure, part.headline)
    )
    links = " · ".join(f'<a href="{html.escape(url)}">{html.escape(name)}</a>' for name, url in part.links)
    return (
        f'<h2 style="font-size:16px">{html.escape(part.title)}</h2>'
        f'<table role="presentation" style="border-collapse:collapse;font-size:14px">{rows}</table>'
        + (f"<p>{links}</p>" if links else "")
    )
