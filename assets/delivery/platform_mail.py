"""The mails that tell operators, and for what is an account's own its owners, of an alert: each once."""

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
from assets.delivery.outbox import Mailer, Outcome
from assets.delivery.owner_mail import Letter, Waiting, send_letters
from assets.delivery.platform_alerts import PlatformAlert

READ = """
select
    m.recipient, m.created_at, a.alert_id, a.rule, a.subject, a.tenant_id, a.value, a.worst_value, a.threshold, a.detail,
    a.opened_at, l.title, l.unit, l.advice
from ops.platform_alert_mails as m
inner join ops.platform_alerts as a on a.alert_id = m.alert_id
inner join lateral (
    select r.title, r.unit, r.advice
    from ops.alert_rules as r
    where r.rule = a.rule and r.subject in (a.subject, '')
    order by r.subject desc
    limit 1
) as l on true
where m.status = 'pending'
order by m.attempt_count, m.created_at, m.recipient
limit 200
"""


@dataclass(frozen=True)
class Told(PlatformAlert):
    """One alert as one person is told of it."""

    recipient: str
    created_at: datetime
    opened_at: datetime
    title: str
    unit: str
    advice: str

    @property
    def found(self) -> str:
        """What was measured and what may be, in the rule's unit."""
        if self.unit == "count":
            return ""
        shown = [f"{value:.1%}" if self.unit == "share" else f"{value:,.1f} s" for value in (self.value, self.threshold)]
        return f": {shown[0]}, limit {shown[1]}"


def send_platform_mails(url: str, mailer: Mailer) -> Outcome:
    """Send what is pending; of two at once one sends. What the server puts off waits for the next look."""
    return send_letters(url, mailer, Waiting("platform_alert_mails", "alert_id", _letters))


def _letters(connection: psycopg.Connection[Any]) -> list[Letter]:
    with connection.cursor(row_factory=class_row(Told)) as cursor:
        return [Letter(one.recipient, [one.alert_id], partial(alert_message, one)) for one in cursor.execute(READ).fetchall()]


def alert_message(told: Told, sender_text: str) -> EmailMessage:
    """The message: what, since when, how bad and where to look. Raises ValueError for what is no address."""
    # Here and not above: the drawing libraries behind it take half a second.
    from api.reports.text import clean

    message = envelope(
        # The address's own number, the same in every process, unlike hash().
        f"platform-{told.alert_id}.{zlib.crc32(address(told.recipient).encode())}", "Hostread", sender_text, told.recipient,
        clean(f"{told.title}: {told.subject}", 140), told.created_at,
    )  # fmt: skip
    message.set_content(
        f"Hello,\n\nsince {told.opened_at:%Y-%m-%d %H:%M} UTC:\n\n  {told.title}: {clean(told.subject, 120)}{told.found}"
        f"{f' ({clean(told.detail, 300)})' if told.detail else ''}.\n\n{told.advice}\n\n"
        "The alert closes by itself when it is over. You get one mail for each.\n"
    )
    return message
