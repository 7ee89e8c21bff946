"""Mails to owners out of a table of what waits: each once, by the mail server that the reports go through.

A table of mails has a row for each owner and thing told, with `tenant_id`, `recipient`, `status`, `attempt_count`, `last_error`,
`created_at` and `sent_at`; a letter may tell of several rows at once.
"""

import smtplib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from api.mail.addresses import address
from api.mail.smtp import Answer, MailSettingsError, parse_server, session, transmit
from assets.delivery.outbox import GIVE_UP_AFTER, Mailer, Outcome, unusable
from assets.lib.warehouse import connect

MARK = sql.SQL("""
update ops.{table}
set
    attempt_count = attempt_count + 1, last_error = nullif(%(reason)s, ''),
    sent_at = case when %(verdict)s = 'sent' then now() end,
    status = case
        when %(verdict)s = 'sent' then 'sent'
        when %(verdict)s = 'refused' or created_at < now() - %(give_up)s::interval then 'failed'
        else 'pending'
    end
where {key} = any(%(keys)s) and recipient = %(recipient)s and status = 'pending'
""")


@dataclass(frozen=True)
class Letter:
    """One mail to one owner. `keys`: of the rows that it tells of; `write`: the message from a sender, which raises ValueError for
    what is no address."""

    recipient: str
    keys: Sequence[UUID]
    write: Callable[[str], EmailMessage]


@dataclass(frozen=True)
class Waiting:
    """A table of mails in schema ops, the column that names what is told, and how its letters are read."""

    table: str
    key: str
    read: Callable[[psycopg.Connection[Any]], list[Letter]]


def send_letters(url: str, mailer: Mailer, waiting: Waiting) -> Outcome:
    """Send what is pending; of two at once one sends. What the server puts off waits for the next build."""
    if mailer.smtp_url is None:
        return Outcome({})
    problem = unusable(mailer)
    if problem is not None:
        return Outcome({}, problem)
    verdicts: Counter[str] = Counter()
    with connect(url, "transform", autocommit=True) as connection:
        # One mailer at a time, for as long as its session lives; each mail is marked by itself, as soon as the server has it.
        held = connection.execute(
            "select pg_try_advisory_lock(hashtextextended(%s, 0))", [waiting.table.replace("_", " ")]
        ).fetchone()
        letters = waiting.read(connection) if held and held[0] else []
        problem = _send(connection, letters, mailer, waiting, verdicts) if letters else None
    return Outcome(dict(verdicts), problem)


def _send(
    connection: psycopg.Connection[Any], letters: list[Letter], mailer: Mailer, waiting: Waiting, verdicts: Counter[str]
) -> str | None:
    """Why the server took no more, or None."""
    try:
        with session(parse_server(mailer.smtp_url or "")) as client:
            for letter in letters:
                answer = _send_one(client, letter, mailer)
                _mark(connection, letter, answer, waiting)
                verdicts[{"sent": "sent", "refused": "failed"}.get(answer.verdict, "pending")] += 1
                if answer.verdict == "away":
                    return answer.reason
    except (smtplib.SMTPException, OSError, MailSettingsError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def _send_one(client: smtplib.SMTP, letter: Letter, mailer: Mailer) -> Answer:
    try:
        message, recipient = letter.write(mailer.sender), address(letter.recipient)
    except ValueError as error:
        return Answer("refused", str(error))
    return transmit(client, message, address(mailer.sender), recipient)


def _mark(connection: psycopg.Connection[Any], letter: Letter, answer: Answer, waiting: Waiting) -> None:
    query = MARK.format(table=sql.Identifier(waiting.table), key=sql.Identifier(waiting.key))
    connection.execute(
        query,
        {
            "verdict": answer.verdict, "reason": answer.reason.replace("\x00", "")[:500], "give_up": GIVE_UP_AFTER,
            "keys": list(letter.keys), "recipient": letter.recipient,
        },
    )  # fmt: skip
