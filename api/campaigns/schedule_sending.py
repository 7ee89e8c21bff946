"""What a schedule would send next, and the same to the person who asks."""

from datetime import UTC, datetime
from uuid import UUID

from api.auth.principals import Principal
from api.campaigns.events import record_audit
from api.campaigns.models import Entered
from api.campaigns.report_schedules import get_schedule
from api.campaigns.schedule_shapes import Schedule
from api.campaigns.senders import own_address, require_confirmed
from api.database import Writer
from api.errors import Problem
from api.mail.issues import Subject, add_recipients, ensure_issue
from api.mail.periods import Period, next_due, zone_of


def subject_of(c: Writer, who: Principal, schedule: Schedule, now: datetime, *, is_preview: bool) -> Subject | None:
    """What the schedule would send next; at a campaign's end that of the flight that ends next, None where the sponsor has none."""
    period, campaign_id = next_subject(c, schedule, now)
    if period is None:
        return None
    return Subject(
        who.tenant_id, schedule.schedule_id, schedule.sponsor_id, schedule.cadence, period, campaign_id, is_preview=is_preview
    )


def next_subject(c: Writer, schedule: Schedule, now: datetime) -> tuple[Period | None, UUID | None]:
    if schedule.cadence != "campaign_end":
        return next_due(schedule.cadence, schedule.timezone, schedule.send_hour, now)[0], None
    row = c.execute(
        "select campaign_id, flight_start, flight_end from app.campaigns "
        "where sponsor_id = %s and status in ('active', 'paused', 'completed') "
        "order by flight_end < %s, flight_end, campaign_id limit 1",
        [schedule.sponsor_id, now.astimezone(zone_of(schedule.timezone)).date()],
    ).fetchone()
    return (Period(row["flight_start"], row["flight_end"]), row["campaign_id"]) if row else (None, None)


class Sending(Entered):
    """A message that was asked for; it goes out as soon as its reports are made and proved."""

    issue_id: UUID
    recipients: list[str]


def send_to_me(c: Writer, who: Principal, schedule_id: UUID, *, is_mail_on: bool) -> Sending:
    """The next message as it would be with today's figures, to the person who asks and to nobody else. Raises `conflict` where no
    mail is sent here, or there is nothing to send."""
    if not is_mail_on:
        raise Problem(
            "conflict", "found no mail server in this installation, expected HOSTREAD_SMTP_URL: look at the preview instead"
        )
    require_confirmed(c, who, is_mail_on=is_mail_on)
    schedule = get_schedule(c, schedule_id)
    subject = subject_of(c, who, schedule, datetime.now(UTC), is_preview=True)
    if subject is None:
        raise Problem("conflict", "found no campaign of this sponsor, expected one with a flight: there is nothing to send yet")
    address = own_address(c, who)
    issue_id, _ = ensure_issue(c, subject)
    add_recipients(c, subject, issue_id, [address])
    record_audit(c, who, "preview", "report_schedule", schedule_id)
    return Sending(issue_id=issue_id, recipients=[address])
