"""The outbox: each pending delivery is sent once, by itself; a bad address stops no other.

A mailer that dies between the server's answer and its own note sends that one message again, with the same Message-ID: no
protocol can tell the two apart, and mail readers fold them.
"""

import contextlib
import smtplib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from assets.delivery.message import Mail, address, build_message
from assets.delivery.periods import Period
from assets.delivery.smtp import Answer, MailSettingsError, judge, parse_server, session, transmit
from assets.lib.warehouse import connect

App = psycopg.Connection[Any]
# Tenant and delivery.
Item = tuple[int, UUID]
NO_SERVER = "no mail server is configured: set HOSTREAD_SMTP_URL, the report is kept until then"
# Waits before a run tries again what the server put off; then the next run does.
WAITS_S = (1.0, 4.0)
# Lost connections in a row after which a pass ends.
STRIKES = 3
# RFC 5321, section 4.5.4.1: give up after four to five days.
GIVE_UP_AFTER = timedelta(days=5)
READ = """
select
    d.delivery_id, d.recipient, d.message_id, d.period_start, d.created_at, d.attempt_count, t.name as publisher, s.name as sponsor,
    c.name as campaign, r.status as report_status, r.is_final, pdf.content as pdf, pdf.filename as pdf_name, csv.content as csv
from ops.deliveries as d
inner join app.tenants as t on t.tenant_id = d.tenant_id
inner join app.sponsors as s on s.tenant_id = d.tenant_id and s.sponsor_id = d.sponsor_id
inner join app.campaigns as c on c.tenant_id = d.tenant_id and c.campaign_id = d.campaign_id
left join app.reports as r on r.tenant_id = d.tenant_id and r.report_id = d.report_id
left join app.report_files as pdf on pdf.report_id = r.report_id and pdf.format = 'pdf'
left join app.report_files as csv on csv.report_id = r.report_id and csv.format = 'csv'
where d.delivery_id = %s and d.status = 'pending'
"""


@dataclass(frozen=True)
class Mailer:
    """Where mail goes and whom it comes from; `smtp_url` None: nowhere, deliveries wait."""

    smtp_url: str | None = field(repr=False)
    sender: str


@dataclass(frozen=True)
class Outcome:
    """What one run came to: deliveries by what became of them, and why mail could not go out, where it could not."""

    counts: Mapping[str, int]
    problem: str | None = None


def send_pending(url: str, mailer: Mailer, sleep: Callable[[float], None] = time.sleep) -> Outcome:
    """Send every pending delivery whose report is there. Safe to run twice at once and to be killed at any time."""
    with connect(url, "app", autocommit=True) as app:
        app.row_factory = dict_row
        waiting = [(row["tenant_id"], row["delivery_id"]) for row in app.execute("select * from ops.list_pending_deliveries()")]
        if not waiting:
            return Outcome({})
        problem = unusable(mailer)
        if problem is not None:
            note_all(app, waiting, problem)
            return Outcome({"pending": len(waiting)}, None if mailer.smtp_url is None else problem)
        return send_all(app, waiting, mailer, sleep)


def unusable(mailer: Mailer) -> str | None:
    """Why this mailer can send nothing, or None."""
    if mailer.smtp_url is None:
        return NO_SERVER
    try:
        parse_server(mailer.smtp_url)
        address(mailer.sender)
    except ValueError as error:
        return str(error)
    return None


def send_all(app: App, waiting: list[Item], mailer: Mailer, sleep: Callable[[float], None]) -> Outcome:
    """Go through the queue, and again through what was put off."""
    ended: dict[UUID, str] = {}
    problem: str | None = None
    left = waiting
    for wait in (0.0, *WAITS_S):
        if wait:
            sleep(wait)
        verdicts, problem = one_pass(app, left, mailer)
        ended.update(verdicts)
        left = [item for item in left if ended.get(item[1]) in (None, "later")]
        if not left:
            break
    for item in left:
        ended.setdefault(item[1], "later")
    counts = Counter({"later": "pending", "refused": "failed"}.get(verdict, verdict) for verdict in ended.values())
    if problem is None and "later" in ended.values():
        problem = "the server put off some messages: they stay pending for the next run"
    return Outcome(dict(counts), problem)


def one_pass(app: App, waiting: list[Item], mailer: Mailer) -> tuple[dict[UUID, str], str | None]:
    """Verdict by delivery, and the server's fault where it answers no more: what is not in the verdicts was not tried."""
    verdicts: dict[UUID, str] = {}
    server = parse_server(mailer.smtp_url or "")
    queue, strikes, reason = list(waiting), 0, ""
    while queue and strikes < STRIKES:
        try:
            with session(server) as client:
                while queue:
                    tenant_id, delivery_id = queue.pop(0)
                    answer = send_claimed(app, client, tenant_id, delivery_id, mailer)
                    # One message that makes the server hang up must not keep the others: it waits, and the session begins anew.
                    verdicts[delivery_id] = "later" if answer.verdict == "away" else answer.verdict
                    if answer.verdict == "away":
                        strikes, reason = strikes + 1, answer.reason
                        break
                    strikes = 0
        except (smtplib.SMTPException, OSError, MailSettingsError) as error:
            reason = str(error) if isinstance(error, MailSettingsError) else judge(error).reason
            strikes = STRIKES
    if not queue:
        return verdicts, None
    note_all(app, queue, reason)
    return verdicts, f"{server.host}:{server.port}: {reason}"


def send_claimed(app: App, client: smtplib.SMTP, tenant_id: int, delivery_id: UUID, mailer: Mailer) -> Answer:
    with claimed(app, tenant_id, delivery_id) as row:
        return Answer("skipped") if row is None else send_one(app, client, tenant_id, row, mailer)


@contextlib.contextmanager
def claimed(app: App, tenant_id: int, delivery_id: UUID) -> Iterator[dict[str, Any] | None]:
    """The delivery's row, locked against other mailers for as long as this session lives; None where it is not ours to send."""
    key = f"mail/{delivery_id}"
    held = app.execute("select pg_try_advisory_lock(hashtextextended(%s, 0)) as held", [key]).fetchone()
    if not held or not held["held"]:
        yield None
        return
    try:
        with app.transaction():
            enter(app, tenant_id)
            row = app.execute(READ, [delivery_id]).fetchone()
        # A report that is not there yet, or failed: the next run makes and sends it.
        yield row if row and row["report_status"] == "succeeded" and row["pdf"] is not None and row["csv"] is not None else None
    finally:
        app.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def send_one(app: App, client: smtplib.SMTP, tenant_id: int, row: dict[str, Any], mailer: Mailer) -> Answer:
    # Counted before it is sent: a delivery that kills its mailer shows how often.
    update(app, tenant_id, row["delivery_id"], "attempt_count = attempt_count + 1")
    try:
        message = build_message(mail_of(row, mailer))
        answer = transmit(client, message, address(mailer.sender), address(row["recipient"]))
    except ValueError as error:
        answer = Answer("refused", str(error))
    if answer.verdict == "sent":
        update(app, tenant_id, row["delivery_id"], "status = 'sent', sent_at = now(), last_error = null")
    elif answer.verdict == "refused":
        update(app, tenant_id, row["delivery_id"], "status = 'failed', last_error = %s", answer.reason)
    elif answer.verdict == "later":
        update(
            app, tenant_id, row["delivery_id"],
            "last_error = %s, status = case when created_at < now() - %s then 'failed' else status end", answer.reason, GIVE_UP_AFTER,
        )  # fmt: skip
    return answer


def mail_of(row: dict[str, Any], mailer: Mailer) -> Mail:
    return Mail(
        message_key=row["message_id"],
        sender=mailer.sender,
        recipient=row["recipient"],
        publisher=row["publisher"],
        sponsor=row["sponsor"],
        campaign=row["campaign"],
        period=Period(row["period_start"], row["period_start"] + timedelta(days=6)),
        is_final=row["is_final"],
        queued_at=row["created_at"],
        pdf_name=row["pdf_name"],
        pdf=bytes(row["pdf"]),
        csv=bytes(row["csv"]),
    )


def note_all(app: App, items: list[Item], reason: str) -> None:
    for tenant_id, delivery_id in items:
        update(app, tenant_id, delivery_id, "last_error = %s", reason.replace("\x00", ""))


def update(app: App, tenant_id: int, delivery_id: UUID, change: str, *values: object) -> None:
    """One delivery's row, in a transaction of its own. `change` is written here, never data."""
    with app.transaction():
        enter(app, tenant_id)
        app.execute(
            f"update ops.deliveries set {change} where delivery_id = %s and status = 'pending'",  # noqa: S608
            [*values, delivery_id],
        )


def enter(app: App, tenant_id: int) -> None:
    app.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant_id)])
