"""The mails that tell a tenant's owners of an alert: each once, by the mail server that the reports go through."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import class_row

from api.mail.addresses import address
from api.mail.envelope import envelope
from assets.delivery.alerts import Alert
from assets.delivery.outbox import Mailer, Outcome
from assets.delivery.owner_mail import Letter, Waiting, send_letters

READ = """
select
    m.recipient, m.created_at, a.alert_id, a.tenant_id, a.site_id, a.kind, a.first_hour_at, a.last_hour_at, a.worst_value,
    a.threshold, s.name as site_name
from ops.alert_mails as m
inner join ops.collection_alerts as a on a.alert_id = m.alert_id
inner join app.sites as s on s.tenant_id = a.tenant_id and s.site_id = a.site_id
where m.status = 'pending'
order by m.attempt_count, m.created_at, m.recipient
limit 200
"""
MEANING = {
    "loss": (
        "Events that a page numbered never came: look for a content security policy or an extension that stops the collector's "
        "host, and for pages that end before the script can send."
    ),
    "delay": (
        "Events come late: look for a client that sends in long intervals or with a wrong clock, and at the collector's spool if "
        "the database was away."
    ),
}


@dataclass(frozen=True)
class Told(Alert):
    """One alert as one owner is told of it."""

    recipient: str
    created_at: datetime
    site_name: str


def send_alert_mails(url: str, mailer: Mailer) -> Outcome:
    """Send what is pending; of two at once one sends. What the server puts off waits for the next build."""
    return send_letters(url, mailer, Waiting("alert_mails", "alert_id", _letters))


def _letters(connection: psycopg.Connection[Any]) -> list[Letter]:
    with connection.cursor(row_factory=class_row(Told)) as cursor:
        return [Letter(one.recipient, [one.alert_id], partial(alert_message, one)) for one in cursor.execute(READ).fetchall()]


def alert_message(told: Told, sender_text: str) -> EmailMessage:
    """The message: which site, which hour, what was found and where to look. Raises ValueError for what is no address."""
    # Here and not above: the drawing libraries behind it take half a second.
    from api.reports.text import clean

    site = clean(told.site_name, 80)
    message = envelope(
        # The address's own number, the same in every process, unlike hash().
        f"alert-{told.alert_id}.{zlib.crc32(address(told.recipient).encode())}", "Hostread", sender_text, told.recipient,
        clean(f"{site}: events are {'lost' if told.kind == 'loss' else 'late'}", 140), told.created_at,
    )  # fmt: skip
    message.set_content(
        f"Hello,\n\non the site {site}, since the hour of {told.first_hour_at:%Y-%m-%d %H:%M} UTC:\n\n  {told.said}.\n\n"
        f"{MEANING[told.kind]}\n\nThe dashboard shows it on the page of the site and under Product, until it is over. You get one "
        "mail for each such fault.\n"
    )
    return message
