"""Alerts of customers (domain rules, section 9): satisfaction under 7 and NPS under 50, as marts.customer_success flags them, open
and close with the builds; a technical issue is opened by the feedback that tells of it. Operators are told of each by mail, once.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from assets.lib.warehouse import connect

# Those by which marts.customer_success flags; tests/unit/delivery/test_customer_limits.py holds them equal.
LIMITS: Mapping[str, float] = {"nps": 50.0, "satisfaction": 7.0}
FLAGGED = """
with flagged as (
    select m.tenant_id, k.kind, k.value, k.threshold
    from marts.customer_success as m
    cross join lateral (
        values
        ('nps', m.nps_score, %(nps)s::double precision, m.is_nps_alert),
        ('satisfaction', m.satisfaction_score, %(satisfaction)s::double precision, m.is_satisfaction_alert)
    ) as k (kind, value, threshold, is_alert)
    where k.is_alert
)
"""
CLOSE = f"""{FLAGGED}
update ops.customer_alerts as a
set closed_at = now()
where
    a.closed_at is null and a.kind <> 'technical_issue'
    and not exists (select 1 from flagged as f where f.tenant_id = a.tenant_id and f.kind = a.kind)
"""  # noqa: S608
OPEN = f"""{FLAGGED}
insert into ops.customer_alerts (tenant_id, kind, value, threshold)
select f.tenant_id, f.kind, f.value, f.threshold from flagged as f
on conflict (tenant_id, kind) where closed_at is null and kind <> 'technical_issue' do nothing
"""  # noqa: S608
# Who runs the platform, and the account's own operators. One that is open for days already is no news when mail is first set up.
QUEUE = """
insert into ops.customer_alert_mails (alert_id, tenant_id, recipient)
select a.alert_id, a.tenant_id, r.email
from ops.customer_alerts as a
cross join lateral (
    select o.email from ops.operators as o
    union
    select u.email from app.users as u
    where u.tenant_id = a.tenant_id and u.role = 'operator' and u.removed_at is null
) as r
where a.closed_at is null and a.opened_at > now() - interval '5 days'
on conflict do nothing
"""
ALL_OPEN = """
select a.alert_id, a.tenant_id, a.kind, a.value, a.threshold
from ops.customer_alerts as a
where a.closed_at is null
order by a.tenant_id, a.kind, a.opened_at
"""
READ = """
select
    m.recipient, m.created_at, a.alert_id, a.tenant_id, a.kind, a.value, a.threshold, t.name as customer_name,
    coalesce(f.comment, '') as comment
from ops.customer_alert_mails as m
inner join ops.customer_alerts as a on a.alert_id = m.alert_id
inner join app.tenants as t on t.tenant_id = a.tenant_id
left join app.customer_feedback as f on f.tenant_id = a.tenant_id and f.feedback_id = a.feedback_id
where m.status = 'pending'
order by m.attempt_count, m.created_at, m.recipient
limit 200
"""
TITLES: Mapping[str, str] = {
    "nps": "would hardly recommend us",
    "satisfaction": "is not satisfied",
    "technical_issue": "reports a technical issue",
}


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong with one customer; a technical issue has no value."""

    alert_id: UUID
    tenant_id: int
    kind: str
    value: float | None
    threshold: float | None

    @property
    def said(self) -> str:
        """What is wrong, in a few words and without a name."""
        if self.value is None:
            return "a technical issue was reported"
        name = {"nps": "NPS", "satisfaction": "satisfaction"}[self.kind]
        return f"{name} of the last 90 days is {self.value:.1f} (expected at least {self.threshold:.0f})"


@dataclass(frozen=True)
class Told(Alert):
    """One alert as one operator is told of it."""

    recipient: str
    created_at: datetime
    customer_name: str
    comment: str


@dataclass(frozen=True)
class Watched:
    """What one look came to."""

    opened: int
    closed: int
    open: Sequence[Alert]


def watch_customers(url: str, *, is_mail_wanted: bool) -> Watched:
    """Open and close alerts by the published mart, and queue the mails of those that stand; safe to run again and beside itself."""
    with connect(url, "transform") as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('customer alerts', 0))")
        opened = closed = 0
        if connection.execute("select to_regclass('marts.customer_success')").fetchone() != (None,):
            closed = connection.execute(CLOSE, LIMITS).rowcount
            opened = connection.execute(OPEN, LIMITS).rowcount
        if is_mail_wanted:
            connection.execute(QUEUE)
        with connection.cursor(row_factory=class_row(Alert)) as cursor:
            return Watched(opened, closed, cursor.execute(ALL_OPEN).fetchall())


def send_customer_alert_mails(url: str, mailer: Mailer) -> Outcome:
    """Send what is pending; of two at once one sends. What the server puts off waits for the next build."""
    return send_letters(url, mailer, Waiting("customer_alert_mails", "alert_id", _letters))


def _letters(connection: psycopg.Connection[Any]) -> list[Letter]:
    with connection.cursor(row_factory=class_row(Told)) as cursor:
        return [Letter(one.recipient, [one.alert_id], partial(alert_message, one)) for one in cursor.execute(READ).fetchall()]


def alert_message(told: Told, sender_text: str) -> EmailMessage:
    """The message: which customer, what is wrong and, of a technical issue, its words. Raises ValueError for what is no address."""
    # Here and not above: the drawing libraries behind it take half a second.
    from api.reports.text import clean

    name = clean(told.customer_name, 80)
    message = envelope(
        # The address's own number, the same in every process, unlike hash().
        f"customer-{told.alert_id}.{zlib.crc32(address(told.recipient).encode())}", "Hostread", sender_text, told.recipient,
        clean(f"{name} {TITLES[told.kind]}", 140), told.created_at,
    )  # fmt: skip
    words = f"\n\nIts words:\n\n  {clean(told.comment, 2_000)}" if told.comment else ""
    message.set_content(
        f"Hello,\n\nof the customer {name}:\n\n  {told.said}.{words}\n\nThe page Customers shows it until it is over. You get one "
        "mail for each.\n"
    )
    return message
