"""The next message of a schedule as it would be now: its words with the figures of the build that is served."""

from datetime import UTC, date, datetime
from uuid import UUID

from api.auth.principals import Principal
from api.campaigns.models import Entered
from api.campaigns.schedule_sending import subject_of
from api.campaigns.schedule_shapes import Schedule
from api.database import Writer
from api.mail.issues import Subject
from api.mail.periods import due_at
from api.mail.report_message import Mail, Part, write
from api.marts.figures import campaign_figures, network_figures
from api.marts.warehouse import Reader
from api.reports.figures import build_document
from api.reports.settings import read_look

# As the delivery chooses them: assets.delivery.parts.
CAMPAIGNS = """
select campaign_id, name
from app.campaigns
where
    sponsor_id = %(sponsor_id)s
    and case
        when %(campaign_id)s::uuid is null then status in ('active', 'paused') and flight_start <= %(last_day)s
        else campaign_id = %(campaign_id)s
    end
order by flight_start, campaign_id
limit 20
"""
RECIPIENTS = """
select asked.address, s.reason
from unnest(%s::text[]) with ordinality as asked (address, place)
left join app.mail_suppressions as s on s.address = lower(asked.address)
order by asked.place
"""


class PreviewRecipient(Entered):
    """One address of the schedule; `suppressed`: why nothing goes to it, or null."""

    address: str
    suppressed: str | None


class PreviewCampaign(Entered):
    campaign_id: UUID
    name: str


class Preview(Entered):
    """One message before it is sent. Without a campaign there is no message, and `subject` is null."""

    sender: str
    recipients: list[PreviewRecipient]
    period_start: date | None
    period_end: date | None
    send_at: datetime | None
    campaigns: list[PreviewCampaign]
    subject: str | None
    text: str | None
    html: str | None


def preview(c: Writer, reader: Reader, who: Principal, schedule: Schedule, sender: str) -> Preview:
    """Raises NotBuiltError before the first build."""
    recipients = [
        PreviewRecipient(address=row["address"], suppressed=row["reason"])
        for row in c.execute(RECIPIENTS, [schedule.recipients]).fetchall()
    ]
    about = subject_of(c, who, schedule, datetime.now(UTC), is_preview=True)
    if about is None:
        return Preview(
            sender=sender, recipients=recipients, period_start=None, period_end=None, send_at=None, campaigns=[], subject=None,
            text=None, html=None,
        )  # fmt: skip
    known = {"sponsor_id": schedule.sponsor_id, "campaign_id": about.campaign_id, "last_day": about.period.end}
    campaigns = [PreviewCampaign(**row) for row in c.execute(CAMPAIGNS, known).fetchall()]
    names = c.execute(
        "select t.name as publisher, s.name as sponsor from app.sponsors as s "
        "inner join app.tenants as t on t.tenant_id = s.tenant_id where s.sponsor_id = %s",
        [schedule.sponsor_id],
    ).fetchone()
    look = read_look(c)
    parts = _parts(reader, schedule, about, campaigns)
    after = schedule.days_after_end if schedule.cadence == "campaign_end" else 0
    mail = Mail(
        message_key="preview", sender=sender, recipient=schedule.recipients[0],
        publisher=look.name or (names or {}).get("publisher", ""), sponsor=(names or {}).get("sponsor", ""),
        cadence=schedule.cadence, period=about.period, queued_at=datetime.now(UTC), parts=parts, language=look.language,
    )  # fmt: skip
    letter = write(mail) if parts else None
    return Preview(
        sender=sender,
        recipients=recipients,
        period_start=about.period.start,
        period_end=about.period.end,
        send_at=due_at(about.period.end, schedule.timezone, schedule.send_hour, after),
        campaigns=campaigns,
        subject=letter.subject if letter else None,
        text=letter.text if letter else None,
        html=letter.html if letter else None,
    )


def _parts(reader: Reader, schedule: Schedule, about: Subject, campaigns: list[PreviewCampaign]) -> tuple[Part, ...]:
    """The headline of each report that the message would carry, the summary first."""
    parts = []
    if "network" in schedule.kinds and campaigns:
        whole = network_figures(reader, about.period.start, about.period.end, sponsor_id=schedule.sponsor_id)
        headline = build_document(whole, kind="network").section("headline").figures
        parts.append(Part(None, is_final=False, headline=headline, pdf_name="", pdf=b"", kind="network"))
    for one in campaigns:
        figures = campaign_figures(reader, one.campaign_id)
        for kind in schedule.kinds:
            if kind != "network":
                headline = build_document(figures, kind=kind).section("headline").figures
                parts.append(Part(one.name, is_final=False, headline=headline, pdf_name="", pdf=b"", kind=kind))
    return tuple(parts)
