"""Rows of ops.deliveries as a mailer takes and marks them: one at a time, each in the tenant that it belongs to."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from api.mail.links import DownloadLink, Links
from api.mail.periods import Period

# The message brings the drawing libraries along.
if TYPE_CHECKING:
    from api.mail.report_message import Mail, Part

App = psycopg.Connection[Any]
# Tenant and delivery.
Item = tuple[int, UUID]
# A month and a day: whoever reads a monthly report at its end can still open it.
LINKS_LIVE = timedelta(days=32)
READ = """
select
    d.delivery_id, d.recipient, d.message_id, d.created_at, d.attempt_count, i.issue_id, i.cadence, i.period_start, i.period_end,
    i.version, i.is_preview, coalesce(l.display_name, t.name) as publisher, s.name as sponsor, x.reason as suppressed
from ops.deliveries as d
inner join ops.report_issues as i on i.tenant_id = d.tenant_id and i.issue_id = d.issue_id
inner join app.tenants as t on t.tenant_id = d.tenant_id
inner join app.sponsors as s on s.tenant_id = d.tenant_id and s.sponsor_id = d.sponsor_id
left join app.report_settings as l on l.tenant_id = d.tenant_id
left join app.mail_suppressions as x on x.tenant_id = d.tenant_id and x.address = lower(d.recipient) and not i.is_preview
where d.delivery_id = %s and d.status = 'pending' and i.status = 'ready'
"""
PARTS = """
select n.kind, c.name as campaign, r.report_id, r.status, r.is_final, r.language, f.format, f.filename, f.content
from ops.issue_reports as n
left join app.campaigns as c on c.tenant_id = n.tenant_id and c.campaign_id = n.campaign_id
left join app.reports as r on r.tenant_id = n.tenant_id and r.report_id = n.report_id
left join app.report_files as f on f.tenant_id = n.tenant_id and f.report_id = r.report_id
where n.issue_id = %s
order by n.kind = 'network' desc, c.flight_start, n.campaign_id, n.kind, f.format
"""


@contextlib.contextmanager
def claimed(app: App, tenant_id: int, delivery_id: UUID) -> Iterator[dict[str, Any] | None]:
    """The delivery's row with its `parts`, locked against other mailers for as long as this session lives; None where it is not
    ours to send."""
    key = f"mail/{delivery_id}"
    held = app.execute("select pg_try_advisory_lock(hashtextextended(%s, 0)) as held", [key]).fetchone()
    if not held or not held["held"]:
        yield None
        return
    try:
        with app.transaction():
            enter(app, tenant_id)
            row = app.execute(READ, [delivery_id]).fetchone()
            files = app.execute(PARTS, [row["issue_id"]]).fetchall() if row else []
        if row and row["suppressed"]:
            update(app, tenant_id, delivery_id, "status = 'suppressed', last_error = %s", row["suppressed"])
            row = None
        parts = _parts(files)
        # A report that is not there (any more): the next look makes it.
        is_whole = bool(parts) and all(part["status"] == "succeeded" and {"pdf", "csv"} <= part["files"].keys() for part in parts)
        yield row | {"parts": parts} if row and is_whole else None
    finally:
        app.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _parts(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One per report, with its files by format."""
    parts: dict[Any, dict[str, Any]] = {}
    for file in files:
        part = parts.setdefault((file["report_id"], file["kind"], file["campaign"]), file | {"files": {}})
        if file["format"]:
            part["files"][file["format"]] = file
    return list(parts.values())


def mail_of(tenant_id: int, row: dict[str, Any], sender: str, links: Links | None) -> "Mail":
    """The message of a claimed row: of stored values alone, so that it is the same each time."""
    from api.mail.report_message import Mail

    until = row["created_at"] + LINKS_LIVE
    return Mail(
        message_key=row["message_id"],
        sender=sender,
        recipient=row["recipient"],
        publisher=row["publisher"],
        sponsor=row["sponsor"],
        cadence=row["cadence"],
        period=Period(row["period_start"], row["period_end"]),
        queued_at=row["created_at"],
        parts=tuple(_part(tenant_id, row, part, links) for part in row["parts"]),
        version=row["version"],
        is_preview=row["is_preview"],
        links_until=until.date(),
        unsubscribe_url=links.unsubscribe(tenant_id, row["delivery_id"]) if links and not row["is_preview"] else None,
        # All parts of a message were asked for at once.
        language=row["parts"][0]["language"],
    )


def _part(tenant_id: int, row: dict[str, Any], part: dict[str, Any], links: Links | None) -> "Part":
    from api.mail.report_message import Part
    from api.reports.csv import read_figures

    until = row["created_at"] + LINKS_LIVE
    named = [
        (kind.upper(), links.download(DownloadLink(tenant_id, row["delivery_id"], part["report_id"], kind, until)))
        for kind in part["files"]
        if links is not None
    ]
    return Part(
        kind=part["kind"],
        campaign=part["campaign"],
        is_final=part["is_final"],
        headline=tuple(
            figure for figure in read_figures(bytes(part["files"]["csv"]["content"])) if figure.figure_id.startswith("headline.")
        ),
        pdf_name=part["files"]["pdf"]["filename"],
        pdf=bytes(part["files"]["pdf"]["content"]),
        links=tuple(named),
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
