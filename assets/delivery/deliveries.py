"""Rows of ops.deliveries as a mailer takes and marks them: one at a time, each in the tenant that it belongs to."""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

App = psycopg.Connection[Any]
# Tenant and delivery.
Item = tuple[int, UUID]
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
