"""The gate between a rendered report and its mails: every report of an issue is there and proved, or nothing of it goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import dict_row

from api.mail.issues import Connection
from api.marts.errors import NotBuiltError, NotFoundError
from api.marts.warehouse import Warehouse
from assets.delivery.proofs import report_faults
from assets.delivery.queue import Prepared, enter, hold
from assets.lib.warehouse import connect

READY = """
update ops.report_issues set status = 'ready', ready_at = now(), held_reason = null where issue_id = %s and status = 'open'
"""
# A report that failed its proof is made anew by the next look.
FORGET = "update ops.issue_reports set report_id = null where issue_id = %s"
TELL = """
insert into ops.held_report_mails (issue_id, tenant_id, recipient)
select i.issue_id, i.tenant_id, u.email
from ops.report_issues as i
inner join app.users as u on u.tenant_id = i.tenant_id and u.role = 'owner' and u.removed_at is null
where i.issue_id = %s
on conflict do nothing
"""
LOCK = "select status from ops.report_issues where issue_id = %s for update"


@dataclass(frozen=True)
class Held:
    """One issue that was held back, and why."""

    tenant_id: int
    issue_id: UUID
    faults: Sequence[str]


def release_issues(url: str, prepared: Sequence[Prepared], states: Mapping[UUID, tuple[str, str | None]]) -> list[Held]:
    """Open the way for the mails of every issue whose reports are all rendered and prove right; what does not is held and told to
    the account's owners. An issue with a report that is not there stays open for the next look."""
    issues: dict[UUID, list[Prepared]] = {}
    for one in prepared:
        issues.setdefault(one.issue_id, []).append(one)
    held: list[Held] = []
    with connect(url, "app", autocommit=True) as app, Warehouse(url, max_size=1) as warehouse:
        app.row_factory = dict_row
        for issue_id, parts in issues.items():
            reports = [part.report_id for part in parts if part.report_id is not None]
            if len(reports) == len(parts) and all(states.get(report, ("",))[0] == "succeeded" for report in reports):
                held += _release(app, warehouse, parts[0].tenant_id, issue_id, reports)
    return held


def _release(app: Connection, warehouse: Warehouse, tenant_id: int, issue_id: UUID, reports: Sequence[UUID]) -> list[Held]:
    with app.transaction():
        enter(app, tenant_id)
        row = app.execute(LOCK, [issue_id]).fetchone()
        if row is None or row["status"] != "open":
            return []
        faults: list[str] = []
        for report_id in reports:
            try:
                with warehouse.tenant(tenant_id) as reader:
                    faults += report_faults(app, reader, report_id)
            except (NotBuiltError, NotFoundError) as error:
                faults.append(f"found no figures to prove the report by, expected a published build: {error}")
        if not faults:
            app.execute(READY, [issue_id])
            return []
        hold(app, issue_id, f"the proof of the report failed: {'; '.join(faults[:3])}"[:1_000])
        app.execute(FORGET, [issue_id])
        app.execute(TELL, [issue_id])
        return [Held(tenant_id, issue_id, faults)]
