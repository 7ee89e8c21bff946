"""Rows of ops.report_issues and ops.deliveries: one issue per sponsor, cadence, period and version, one delivery per recipient.

Each function works in the caller's transaction, which has entered the tenant; rows come as dicts.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from api.mail.periods import Cadence, Period

Connection = psycopg.Connection[dict[str, Any]]
NOBODY = UUID(int=0)
FIND = """
select issue_id, status
from ops.report_issues
where
    sponsor_id = %(sponsor_id)s and cadence = %(cadence)s and period_start = %(start)s and version = %(version)s
    and campaign_id is not distinct from %(campaign_id)s and not is_preview
"""
MAKE = """
insert into ops.report_issues (
    tenant_id, schedule_id, sponsor_id, cadence, period_start, period_end, campaign_id, version, is_preview
)
values (
    %(tenant_id)s, %(schedule_id)s, %(sponsor_id)s, %(cadence)s, %(start)s, %(end)s, %(campaign_id)s, %(version)s, %(is_preview)s
)
on conflict do nothing
returning issue_id, status
"""
# Whoever is suppressed has a row that says so: nobody looks for a mail that was never meant to go.
DELIVER = """
insert into ops.deliveries (tenant_id, sponsor_id, issue_id, recipient, message_id, status, last_error)
select
    %(tenant_id)s, %(sponsor_id)s, %(issue_id)s, %(recipient)s, %(message_id)s,
    case when s.reason is null then 'pending' else 'suppressed' end, s.reason
from (values (lower(%(recipient)s::text))) as asked (address)
left join app.mail_suppressions as s on s.address = asked.address
on conflict do nothing
"""


@dataclass(frozen=True)
class Subject:
    """What one message tells of. `campaign_id`: of a campaign's end alone."""

    tenant_id: int
    schedule_id: UUID
    sponsor_id: UUID
    cadence: Cadence
    period: Period
    campaign_id: UUID | None = None
    version: int = 1
    is_preview: bool = False

    def __post_init__(self) -> None:
        if (self.campaign_id is not None) != (self.cadence == "campaign_end"):
            raise ValueError(
                f"found the campaign {self.campaign_id} of a {self.cadence} issue, expected one at a campaign's end alone"
            )


def ensure_issue(c: Connection, subject: Subject) -> tuple[UUID, str]:
    """(issue, status), made where there is none; two that make it at once get the same."""
    known = {
        "tenant_id": subject.tenant_id, "schedule_id": subject.schedule_id, "sponsor_id": subject.sponsor_id,
        "cadence": subject.cadence, "start": subject.period.start, "end": subject.period.end, "campaign_id": subject.campaign_id,
        "version": subject.version, "is_preview": subject.is_preview,
    }  # fmt: skip
    row = None if subject.is_preview else c.execute(FIND, known).fetchone()
    # Made by another in between: then it is there now.
    row = row or c.execute(MAKE, known).fetchone() or c.execute(FIND, known).fetchone()
    if row is None:
        raise RuntimeError(f"found no issue of {subject.sponsor_id} from {subject.period.start}, expected the one just made")
    return row["issue_id"], row["status"]


def add_recipients(c: Connection, subject: Subject, issue_id: UUID, recipients: Iterable[str]) -> None:
    """A delivery for each who has none yet; an address that is there twice counts once."""
    for recipient in {text.lower(): text for text in recipients}.values():
        c.execute(
            DELIVER,
            {
                "tenant_id": subject.tenant_id, "sponsor_id": subject.sponsor_id, "issue_id": issue_id, "recipient": recipient,
                "message_id": message_key(subject, issue_id, recipient),
            },
        )  # fmt: skip


def message_key(subject: Subject, issue_id: UUID, recipient: str) -> str:
    """The left part of the Message-ID: the same delivery has the same one however often it is tried, and nobody guesses it."""
    if subject.is_preview:
        words = f"{issue_id}/{recipient}"
    else:
        words = (
            f"{subject.tenant_id}/{subject.sponsor_id}/{subject.cadence}/{subject.period.start.isoformat()}/"
            f"{subject.campaign_id or NOBODY}/{subject.version}/{recipient}"
        )
    return f"hostread.{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:40]}"
