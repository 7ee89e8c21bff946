"""The survey of a customer, 48 hours after its first accepted event and once: a mail to its owner with a link that lets answer.

An owner whose address never showed that mail reaches it is not written to. Customers that began long before surveys did, or before
mail was set up, are left alone.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from api.mail.envelope import envelope
from api.mail.survey_links import SurveyLink, SurveyLinks
from assets.delivery.outbox import Mailer, Outcome
from assets.delivery.owner_mail import Letter, Waiting, send_letters
from assets.lib.warehouse import connect

AFTER_HOURS = 48
NO_LATER_DAYS = 30
OPEN_DAYS = 14
QUEUE = """
insert into ops.survey_mails (tenant_id, recipient, expires_at)
select m.tenant_id, o.email, now() + %(open)s * interval '1 day'
from marts.customer_success as m
cross join lateral (
    select u.email
    from app.users as u
    where u.tenant_id = m.tenant_id and u.role = 'owner' and u.removed_at is null and app.is_verified(u.email)
    order by u.created_at, u.user_id
    limit 1
) as o
where
    greatest(m.first_event_at, m.account_at) <= now() - %(after)s * interval '1 hour'
    and greatest(m.first_event_at, m.account_at) > now() - %(latest)s * interval '1 day'
    and m.first_event_at is not null
on conflict (tenant_id) do nothing
"""
READ = """
select m.survey_id, m.tenant_id, m.recipient, m.created_at, m.expires_at, t.name as customer_name
from ops.survey_mails as m
inner join app.tenants as t on t.tenant_id = m.tenant_id
where m.status = 'pending' and m.expires_at > now()
order by m.attempt_count, m.created_at, m.survey_id
limit 200
"""


@dataclass(frozen=True)
class Survey:
    """One survey as its customer's owner gets it."""

    survey_id: UUID
    tenant_id: int
    recipient: str
    created_at: datetime
    expires_at: datetime
    customer_name: str


def queue_surveys(url: str) -> int:
    """Queue the surveys that are due; how many. A customer has one, whatever runs twice."""
    with connect(url, "transform") as connection:
        if connection.execute("select to_regclass('marts.customer_success')").fetchone() == (None,):
            return 0
        return connection.execute(QUEUE, {"open": OPEN_DAYS, "after": AFTER_HOURS, "latest": NO_LATER_DAYS}).rowcount


def send_surveys(url: str, mailer: Mailer, links: SurveyLinks) -> Outcome:
    """Send what is pending; of two at once one sends. What the server puts off waits for the next run."""

    def read(connection: psycopg.Connection[Any]) -> list[Letter]:
        with connection.cursor(row_factory=class_row(Survey)) as cursor:
            found = cursor.execute(READ).fetchall()
        return [Letter(one.recipient, [one.survey_id], partial(survey_message, one, links)) for one in found]

    return send_letters(url, mailer, Waiting("survey_mails", "survey_id", read))


def survey_message(survey: Survey, links: SurveyLinks, sender_text: str) -> EmailMessage:
    """The message with the link of this survey. Raises ValueError for what is no address."""
    # Here and not above: the drawing libraries behind it take half a second.
    from api.reports.text import clean

    message = envelope(
        f"survey-{survey.survey_id}", "Hostread", sender_text, survey.recipient, "Two questions about your start with Hostread",
        survey.created_at,
    )  # fmt: skip
    link = links.of(SurveyLink(survey.tenant_id, survey.survey_id, survey.expires_at))
    message.set_content(
        f"Hello,\n\n{clean(survey.customer_name, 80)} has been measuring for two days. Would you recommend us, and how satisfied "
        f"are you? Two questions, half a minute, no login:\n\n{link}\n\nThe link takes one answer, until "
        f"{survey.expires_at:%Y-%m-%d}. We ask this once.\n"
    )
    return message
