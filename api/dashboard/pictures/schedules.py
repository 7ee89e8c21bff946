"""Schedules and their messages in words."""

from datetime import UTC, datetime

from api.campaigns.report_issues import Issue
from api.campaigns.schedule_shapes import KINDS_OF, Schedule, ScheduledKind
from api.mail.periods import Cadence, zone_of
from api.reports.formats import span

CADENCES = (("weekly", "Each week"), ("monthly", "Each month"), ("campaign_end", "At the end of each campaign"))
# What a message carries, by the form's own word: a period's second kind is the summary, a campaign's end's the report after it.
CARRIED = (("each", "Each campaign's report"), ("both", "That, and the summary"), ("other", "The summary alone"))
KIND_WORDS = {"campaign": "each campaign", "network": "summary of all", "post_campaign": "promise and outcome"}
HOURS = tuple((str(hour), f"{hour:02}:00") for hour in range(24))
ISSUES = {"open": "Being made", "held": "Held", "ready": "Out", "empty": "Nothing to send"}
MAILS = {
    "pending": "waits", "sent": "sent", "failed": "refused", "held": "held", "bounced": "bounced", "complained": "complained",
    "suppressed": "not sent",
}  # fmt: skip
REASONS = {"unsubscribed": "Unsubscribed", "bounced": "Bounced", "complained": "Complained", "manual": "Entered here"}
# The colours of the pills that the style sheet knows.
PILLS = {"open": "running", "held": "failed", "ready": "succeeded", "empty": "paused"}


def kinds_of(cadence: Cadence, carried: str) -> list[ScheduledKind]:
    """The kinds that the form's word means with a cadence; one that it does not know means a report of each campaign."""
    each, other = KINDS_OF[cadence]
    return {"both": [each, other], "other": [other]}.get(carried, [each])


def carries(schedule: Schedule) -> str:
    """Each campaign, summary of all."""
    words = ", ".join(KIND_WORDS[kind] for kind in schedule.kinds)
    return words[:1].upper() + words[1:]


def when(schedule: Schedule) -> str:
    """Weekly: Mondays at 07:00, Europe/Berlin."""
    hour = f"{schedule.send_hour:02}:00, {schedule.timezone}"
    if schedule.cadence == "weekly":
        return f"Mondays at {hour}"
    if schedule.cadence == "monthly":
        return f"On the first of the month at {hour}"
    days = 1 + schedule.days_after_end
    return f"{days} {'day' if days == 1 else 'days'} after the flight at {hour}"


def coming(schedule: Schedule) -> str:
    """When the next one goes, on the schedule's own wall clock."""
    if not schedule.is_active:
        return "Paused"
    if schedule.next_send_at is None:
        return "With the next campaign that ends"
    return f"{schedule.next_send_at.astimezone(zone_of(schedule.timezone)):%a %-d %b %Y, %H:%M}"


def period(issue: Issue) -> str:
    return span(issue.period_start, issue.period_end)


def at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
