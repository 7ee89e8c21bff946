"""Whether a run of the delivery has anything to do now, and which partitions a backfill may choose from."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from psycopg.rows import dict_row

from api.mail.issues import FIND
from assets.delivery.periods import owed, past_keys, schedules_of
from assets.delivery.proofs import held_reason
from assets.delivery.queue import SCHEDULES, enter
from assets.delivery.returned import waiting_files
from assets.lib.warehouse import connect

WAITING = "select count(*) as waiting from ops.list_waiting_issues() where next_look_at <= now()"
MAILS = "select count(*) as waiting from ops.list_pending_deliveries()"
EARLIEST = """
select min(c.flight_start) as earliest
from app.campaigns as c
inner join app.report_schedules as s on s.tenant_id = c.tenant_id and s.sponsor_id = c.sponsor_id
where c.status not in ('draft', 'cancelled')
"""
# Two years of weeks: as much as the Dagster UI shows well.
OLDEST = timedelta(days=731)


def work_due(url: str, at: datetime, *, is_mail_on: bool, bounce_folder: Path | None = None) -> str | None:
    """What a run would do now, in words; None where there is nothing. While no build is served, reports are not looked at again."""
    if waiting_files(bounce_folder):
        return "bounces wait in the watched folder"
    with connect(url, "app", autocommit=True) as app:
        app.row_factory = dict_row
        mails = app.execute(MAILS).fetchone() if is_mail_on else None
        if mails and mails["waiting"]:
            return f"{mails['waiting']} mails wait"
        if held_reason(app) is not None:
            return None
        waiting = app.execute(WAITING).fetchone()
        if waiting and waiting["waiting"]:
            return f"{waiting['waiting']} messages wait for their reports"
        for schedule in schedules_of(app.execute(SCHEDULES).fetchall()):
            with app.transaction():
                enter(app, schedule.tenant_id)
                for subject in owed(app, schedule, at.astimezone(UTC)):
                    known = {
                        "sponsor_id": subject.sponsor_id, "cadence": subject.cadence, "start": subject.period.start,
                        "version": subject.version, "campaign_id": subject.campaign_id,
                    }  # fmt: skip
                    if app.execute(FIND, known).fetchone() is None:
                        return f"the {subject.cadence} report from {subject.period.start} is due"
    return None


def partitions(url: str, today: date) -> tuple[list[str], list[str]]:
    """(sponsors with a schedule, periods that are over since the first of their campaigns began)."""
    with connect(url, "transform") as connection:
        sponsors = connection.execute("select distinct sponsor_id::text from app.report_schedules order by 1").fetchall()
        row = connection.execute(EARLIEST).fetchone()
    if row is None or row[0] is None:
        return [name for (name,) in sponsors], []
    return [name for (name,) in sponsors], past_keys(today, max(row[0], today - OLDEST))
