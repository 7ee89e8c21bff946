"""The mails that tell a tenant's owners of a report that was held because its proof failed: each once."""

import zlib
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from api.mail.addresses import address
from api.mail.envelope import envelope
from assets.delivery.outbox import Mailer, Outcome
from assets.delivery.owner_mail import Letter, Waiting, send_letters

READ = """
select m.recipient, m.created_at, i.issue_id, i.period_start, i.period_end, i.held_reason, s.name as sponsor_name
from ops.held_report_mails as m
inner join ops.report_issues as i on i.issue_id = m.issue_id
inner join app.sponsors as s on s.tenant_id = i.tenant_id and s.sponsor_id = i.sponsor_id
where m.status = 'pending'
order by m.created_at, m.recipient
limit 200
"""


@dataclass(frozen=True)
class Told:
    """One held issue as one owner is told of it; `held_reason` is null where a later look found it well."""

    recipient: str
    created_at: datetime
    issue_id: UUID
    period_start: date
    period_end: date
    held_reason: str | None
    sponsor_name: str


def send_held_mails(url: str, mailer: Mailer) -> Outcome:
    """Send what is pending; of two at once one sends. What the server puts off waits for the next run."""
    return send_letters(url, mailer, Waiting("held_report_mails", "issue_id", _letters))


def _letters(connection: psycopg.Connection[Any]) -> list[Letter]:
    with connection.cursor(row_factory=class_row(Told)) as cursor:
        return [Letter(one.recipient, [one.issue_id], partial(held_message, one)) for one in cursor.execute(READ).fetchall()]


def held_message(told: Told, sender_text: str) -> EmailMessage:
    """The message: whose report, of which days, and why it is held. Raises ValueError for what is no address."""
    # Here and not above: the drawing libraries behind it take half a second.
    from api.reports.formats import span
    from api.reports.text import clean

    sponsor, period = clean(told.sponsor_name, 80), span(told.period_start, told.period_end)
    message = envelope(
        f"held-{told.issue_id}.{zlib.crc32(address(told.recipient).encode())}", "Hostread", sender_text, told.recipient,
        clean(f"{sponsor}: the report of {period} is held", 140), told.created_at,
    )  # fmt: skip
    why = clean(told.held_reason or "it was found well since, and goes out", 1_000)
    message.set_content(
        f"Hello,\n\nthe report for {sponsor} of {period} was not mailed: {why}.\n\nNobody got a wrong figure. The report is made "
        "and proved again by itself, later each time, and goes out when it is right. Report schedules, in the dashboard's "
        "settings, show its state; if it stays held, show this mail to whoever runs this installation. You get one mail for each "
        "such report.\n"
    )
    return message
