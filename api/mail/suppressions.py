"""Addresses that get no report of an account any more; and what a returned message changes. In a transaction of its tenant."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from api.mail.issues import Connection
from api.mail.returned import Returned

Reason = Literal["unsubscribed", "bounced", "complained", "manual"]
# A mailbox that is full, or a policy that refuses one message, passes: so many in a row do not.
BOUNCES_IN_A_ROW = 3
# What the person said weighs more than what a server said, and stays.
SUPPRESS = """
insert into app.mail_suppressions as s (tenant_id, address, reason, detail)
values (ops.current_tenant_id(), lower(%(address)s), %(reason)s, %(detail)s)
on conflict (tenant_id, address) do update
set reason = excluded.reason, detail = excluded.detail, created_at = now()
where s.reason not in ('unsubscribed', 'complained') and excluded.reason <> s.reason
"""
MARK = """
update ops.deliveries
set
    status = case when %(kind)s = 'delayed' then status else %(kind)s end, answer = %(answer)s, answered_at = now(),
    last_error = nullif(%(said)s, '')
where delivery_id = %(delivery_id)s and status in ('pending', 'sent', 'bounced')
"""
LAST = """
select coalesce(bool_and(x.status = 'bounced'), false) and count(*) >= %(count)s as is_bad
from (
    select d.status from ops.deliveries as d
    where lower(d.recipient) = lower(%(address)s) and d.status in ('sent', 'bounced', 'complained')
    order by d.created_at desc
    limit %(count)s
) as x
"""
STOP = """
update ops.deliveries set status = 'suppressed', last_error = %(reason)s
where lower(recipient) = lower(%(address)s) and status in ('pending', 'held')
"""


def suppress(c: Connection, address: str, reason: Reason, detail: str | None = None) -> None:
    """No report goes to the address from now on, and what waits for it is not sent."""
    c.execute(SUPPRESS, {"address": address, "reason": reason, "detail": detail})
    c.execute(STOP, {"address": address, "reason": reason})


def mark_returned(c: Connection, delivery_id: UUID, recipient: str, returned: Returned) -> bool:
    """Note what became of a delivery; True where its address gets no more mail because of it."""
    known = {"delivery_id": delivery_id, "kind": returned.kind, "answer": returned.status, "said": returned.said}
    c.execute(MARK, known)
    if returned.kind == "complained":
        suppress(c, recipient, "complained", returned.status)
        return True
    if returned.kind != "bounced":
        return False
    row = c.execute(LAST, {"address": recipient, "count": BOUNCES_IN_A_ROW}).fetchone()
    if not returned.is_bad_address and not (row and row["is_bad"]):
        return False
    suppress(c, recipient, "bounced", f"{returned.status} {returned.said}"[:500].strip())
    return True


def find_recipient(c: Connection, delivery_id: UUID) -> dict[str, Any] | None:
    """Of a delivery of this tenant: its `recipient`, the `publisher` and the reason why it gets nothing any more, or null."""
    return c.execute(
        "select d.recipient, t.name as publisher, s.reason from ops.deliveries as d "
        "inner join app.tenants as t on t.tenant_id = d.tenant_id "
        "left join app.mail_suppressions as s on s.tenant_id = d.tenant_id and s.address = lower(d.recipient) "
        "where d.delivery_id = %s",
        [delivery_id],
    ).fetchone()


def subscribe_again(c: Connection, address: str) -> None:
    """What the person undid who had unsubscribed; no other reason is lifted by it."""
    c.execute("delete from app.mail_suppressions where address = lower(%s) and reason = 'unsubscribed'", [address])


def download(c: Connection, delivery_id: UUID, report_id: UUID, file_format: str, now: datetime) -> dict[str, Any] | None:
    """The file of a report that this delivery carried, and the note that its link was used; None where there is none."""
    row = c.execute(
        "select f.content, f.filename, f.media_type from ops.deliveries as d "
        "inner join ops.issue_reports as n on n.tenant_id = d.tenant_id and n.issue_id = d.issue_id "
        "inner join app.report_files as f on f.tenant_id = n.tenant_id and f.report_id = n.report_id "
        "where d.delivery_id = %s and n.report_id = %s and f.format = %s",
        [delivery_id, report_id, file_format],
    ).fetchone()
    if row is not None:
        c.execute("update ops.deliveries set link_used_at = coalesce(link_used_at, %s) where delivery_id = %s", [now, delivery_id])
    return row
