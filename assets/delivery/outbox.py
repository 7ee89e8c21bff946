"""The outbox: each pending delivery is sent once, by itself; a bad address or name stops no other.

A mailer that dies between the server's answer and its own note sends that one message again, with the same Message-ID: no
protocol can tell the two apart, and mail readers fold them.
"""

import smtplib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from api.mail.addresses import address
from api.mail.links import Links
from api.mail.smtp import Answer, MailSettingsError, judge, parse_server, session, transmit
from assets.delivery.deliveries import App, Item, claimed, note_all, update
from assets.lib.warehouse import connect

NO_SERVER = "no mail server is configured: set HOSTREAD_SMTP_URL, the report is kept until then"
# Waits before a run tries again what the server put off; then the next run does.
WAITS_S = (1.0, 4.0)
# Lost connections in a row after which a pass ends.
STRIKES = 3
# RFC 5321, section 4.5.4.1: give up after four to five days.
GIVE_UP_AFTER = timedelta(days=5)
# What the server put off waits a minute, then twice as long each time, and four hours at most.
BACK_OFF = "now() + least(interval '1 minute' * power(2, least(attempt_count - 1, 10)), interval '4 hours')"


@dataclass(frozen=True)
class Mailer:
    """Where mail goes and whom it comes from; `smtp_url` None: nowhere, deliveries wait."""

    smtp_url: str | None = field(repr=False)
    sender: str
    # Without them a mail has its attachments alone, and nobody can unsubscribe by it.
    links: Links | None = None


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
    except MailSettingsError as error:
        return f"HOSTREAD_SMTP_URL: {error}"
    try:
        address(mailer.sender)
    except ValueError:
        return f"HOSTREAD_MAIL_FROM: found {mailer.sender[:80]!r}, expected one plain address such as reports@example.com"
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


def send_one(app: App, client: smtplib.SMTP, tenant_id: int, row: dict[str, Any], mailer: Mailer) -> Answer:
    # Here and not above: the message reads a report, which brings the drawing libraries along: half a second.
    from api.mail.report_message import build_message
    from assets.delivery.deliveries import mail_of

    # Counted before it is sent: a delivery that kills its mailer shows how often.
    update(app, tenant_id, row["delivery_id"], "attempt_count = attempt_count + 1")
    try:
        message = build_message(mail_of(tenant_id, row, mailer.sender, mailer.links))
        recipient = address(row["recipient"])
    except ValueError as error:
        answer = Answer("refused", str(error))
    except Exception as error:  # noqa: BLE001, RUF100  # whatever one message fails of, the next one must be sent
        answer = Answer("refused", f"found a message that cannot be built ({type(error).__name__}), expected one: report this")
    else:
        answer = transmit(client, message, address(mailer.sender), recipient)
    if answer.verdict == "sent":
        update(app, tenant_id, row["delivery_id"], "status = 'sent', sent_at = now(), last_error = null")
    elif answer.verdict == "refused":
        update(app, tenant_id, row["delivery_id"], "status = 'failed', last_error = %s", answer.reason.replace("\x00", ""))
    else:
        given_up = "status = case when created_at < now() - %s then 'failed' else status end"
        update(
            app, tenant_id, row["delivery_id"], f"last_error = %s, next_attempt_at = {BACK_OFF}, {given_up}", answer.reason,
            GIVE_UP_AFTER,
        )  # fmt: skip
    return answer
