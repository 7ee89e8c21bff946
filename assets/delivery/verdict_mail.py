"""The mails that tell a tenant's owners of verdicts on saturation that changed: all that wait for one owner in one letter, each
change once."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from api.mail.addresses import address
from api.mail.envelope import envelope
from assets.delivery.outbox import Mailer, Outcome
from assets.delivery.owner_mail import Letter, Waiting, send_letters

READ = """
select
    m.recipient, m.created_at, m.tenant_id, v.verdict_id, v.basis, v.currency, v.verdict, v.previous_verdict, v.reason,
    v.spend_minor, v.opened_at, s.name as sponsor_name, h.title as show_title
from ops.verdict_mails as m
inner join ops.saturation_verdicts as v on v.verdict_id = m.verdict_id
inner join app.sponsors as s on s.tenant_id = v.tenant_id and s.sponsor_id = v.sponsor_id
inner join app.shows as h on h.tenant_id = v.tenant_id and h.show_id = v.show_id
where m.status = 'pending'
order by m.tenant_id, m.recipient, v.opened_at, s.name, h.title, v.verdict_id
limit 2000
"""
VERDICTS: Mapping[str, str] = {
    "unsaturated": "unsaturated",
    "saturating": "saturating",
    "saturated": "saturated",
    "not_identifiable": "not identifiable",
}
ACCOUNTS: Mapping[str, str] = {"books": "by the imported books", "placements": "by its placements"}
# So many are told one by one; of more, the page tells the rest.
TOLD = 25


@dataclass(frozen=True)
class Change:
    """One changed verdict as one owner is told of it. `spend_minor`: a week, when the verdict came."""

    recipient: str
    created_at: datetime
    tenant_id: int
    verdict_id: UUID
    basis: str
    currency: str
    verdict: str
    previous_verdict: str
    reason: str
    spend_minor: float
    opened_at: datetime
    sponsor_name: str
    show_title: str


def send_verdict_mails(url: str, mailer: Mailer) -> Outcome:
    """Send what is pending; of two at once one sends. What the server puts off waits for the next build."""
    return send_letters(url, mailer, Waiting("verdict_mails", "verdict_id", _letters))


def _letters(connection: psycopg.Connection[Any]) -> list[Letter]:
    with connection.cursor(row_factory=class_row(Change)) as cursor:
        changes = cursor.execute(READ).fetchall()
    letters = []
    for (_, recipient), of_one in groupby(changes, key=lambda change: (change.tenant_id, change.recipient)):
        told = list(of_one)
        letters.append(Letter(recipient, [change.verdict_id for change in told], partial(verdict_message, told)))
    return letters


def verdict_message(changes: Sequence[Change], sender_text: str) -> EmailMessage:
    """The message: which show for which sponsor, what is said now, and why. Raises ValueError for what is no address."""
    # Here and not above: the drawing libraries behind it take half a second.
    from api.reports.text import clean

    first = changes[0]
    key = zlib.crc32("".join([address(first.recipient), *(str(change.verdict_id) for change in changes)]).encode())
    subject = (
        f"{clean(first.show_title, 60)} for {clean(first.sponsor_name, 40)} is {VERDICTS[first.verdict]}"
        if len(changes) == 1
        else f"{len(changes)} verdicts on saturation have changed"
    )
    message = envelope(
        f"verdicts-{first.verdict_id}.{key}", "Hostread", sender_text, first.recipient, clean(subject, 140), first.created_at
    )
    lines = [_line(change) for change in changes[:TOLD]]
    if len(changes) > TOLD:
        lines.append(f"  and {len(changes) - TOLD} more, which the page Saturation lists.")
    message.set_content(
        "Hello,\n\nwhat the next unit of spend brings is judged otherwise than before:\n\n"
        + "\n".join(lines)
        + "\n\nThe dashboard shows the curves with today's spend under Saturation, and this until somebody marks it as seen. You "
        "get one mail for each such change.\n"
    )
    return message


def _line(change: Change) -> str:
    from api.marts.money import to_amount
    from api.reports.formats import money
    from api.reports.text import clean

    spend = money(Decimal(to_amount(round(change.spend_minor), change.currency)), change.currency)
    reason = clean(change.reason, 300)
    return (
        f"  {clean(change.show_title, 80)} for {clean(change.sponsor_name, 80)}, {ACCOUNTS[change.basis]}: "
        f"{VERDICTS[change.verdict]}, was {VERDICTS[change.previous_verdict]}, since {change.opened_at:%Y-%m-%d %H:%M} UTC, "
        f"at {spend} a week.\n    {reason[:1].upper()}{reason[1:]}."
    )
