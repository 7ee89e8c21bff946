"""The mails that tell a tenant's owners of an alert: each once, by the mail server that the reports go through."""

import smtplib
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import psycopg
from psycopg.rows import class_row

from api.mail.addresses import address
from api.mail.envelope import envelope
from api.mail.smtp import Answer, MailSettingsError, parse_server, session, transmit
from assets.delivery.alerts import Alert
from assets.delivery.outbox import GIVE_UP_AFTER, Mailer, Outcome, unusable
from assets.lib.warehouse import connect

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
MARK = """
update ops.alert_mails
set
    attempt_count = attempt_count + 1, last_error = nullif(%(reason)s, ''),
    sent_at = case when %(verdict)s = 'sent' then now() end,
    status = case
        when %(verdict)s = 'sent' then 'sent'
        when %(verdict)s = 'refused' or created_at < now() - %(give_up)s::interval then 'failed'
        else 'pending'
    end
where alert_id = %(alert_id)s and recipient = %(recipient)s and status = 'pending'
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
    if mailer.smtp_url is None:
        return Outcome({})
    problem = unusable(mailer)
    if problem is not None:
        return Outcome({}, problem)
    verdicts: Counter[str] = Counter()
    with connect(url, "transform", autocommit=True) as connection, connection.cursor(row_factory=class_row(Told)) as cursor:
        # One mailer at a time, for as long as its session lives; each mail is marked by itself, as soon as the server has it.
        held = connection.execute("select pg_try_advisory_lock(hashtextextended('alert mails', 0))").fetchone()
        waiting = cursor.execute(READ).fetchall() if held and held[0] else []
        problem = _send(connection, waiting, mailer, verdicts) if waiting else None
    return Outcome(dict(verdicts), problem)


def _send(connection: psycopg.Connection[Any], waiting: list[Told], mailer: Mailer, verdicts: Counter[str]) -> str | None:
    """Why the server took no more, or None."""
    try:
        with session(parse_server(mailer.smtp_url or "")) as client:
            for told in waiting:
                answer = _send_one(client, told, mailer)
                _mark(connection, told, answer)
                verdicts[{"sent": "sent", "refused": "failed"}.get(answer.verdict, "pending")] += 1
                if answer.verdict == "away":
                    return answer.reason
    except (smtplib.SMTPException, OSError, MailSettingsError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def _send_one(client: smtplib.SMTP, told: Told, mailer: Mailer) -> Answer:
    try:
        message, recipient = alert_message(told, mailer.sender), address(told.recipient)
    except ValueError as error:
        return Answer("refused", str(error))
    return transmit(client, message, address(mailer.sender), recipient)


def _mark(connection: psycopg.Connection[Any], told: Told, answer: Answer) -> None:
    connection.execute(
        MARK,
        {
            "verdict": answer.verdict, "reason": answer.reason.replace("\x00", "")[:500], "give_up": GIVE_UP_AFTER,
            "alert_id": told.alert_id, "recipient": told.recipient,
        },
    )  # fmt: skip


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
