"""The reports that one message carries: settled at its first look by the kinds that its schedule names, and asked of the worker."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from api.mail.issues import Connection

Row = dict[str, Any]
# Of a message whose schedule is gone by the time of its first look.
USUAL = ("campaign",)
KINDS = "select kinds from app.report_schedules where schedule_id = %s"
# Drafts and cancelled campaigns have nothing to report; a completed one has had its final report.
CAMPAIGNS = """
select campaign_id
from app.campaigns
where sponsor_id = %(sponsor_id)s and status in ('active', 'paused') and flight_start <= %(last_day)s
order by flight_start, campaign_id
"""
# A summary tells of every campaign that ran within its days, completed or not; of days in which none did there is nothing to tell.
RAN = """
select exists (
    select 1
    from app.campaigns
    where
        sponsor_id = %(sponsor_id)s and status in ('active', 'paused', 'completed') and flight_start <= %(last_day)s
        and flight_end >= %(first_day)s
) as has_run
"""
ADD = "insert into ops.issue_reports (tenant_id, issue_id, kind, campaign_id) values (%s, %s, %s, %s)"
PARTS = """
select n.kind, n.campaign_id, n.report_id, r.status, c.flight_end
from ops.issue_reports as n
left join app.campaigns as c on c.tenant_id = n.tenant_id and c.campaign_id = n.campaign_id
left join app.reports as r on r.tenant_id = n.tenant_id and r.report_id = n.report_id
where n.issue_id = %s
order by n.kind = 'network' desc, c.flight_start, n.campaign_id, n.kind
"""
# In the language that the account chose for its reports.
REQUEST = """
insert into app.reports (tenant_id, kind, campaign_id, sponsor_id, period_start, period_end, is_final, language)
values (
    %(tenant_id)s, %(kind)s, %(campaign_id)s, %(sponsor_id)s, %(first_day)s, %(last_day)s, %(is_final)s,
    coalesce((select s.language from app.report_settings as s), 'en')
)
returning report_id
"""
TAKE = """
update ops.issue_reports set report_id = %s
where issue_id = %s and kind = %s and campaign_id is not distinct from %s
"""
WINDOW = """
select ops.window_of(s.windows_by_kind, c.goal_kind, 'exposure_window_s', s.exposure_window_s) as seconds
from app.attribution_settings as s
inner join app.campaigns as c on s.tenant_id = c.tenant_id
where c.campaign_id = %s
"""


def parts_of(app: Connection, tenant_id: int, issue: Row) -> list[Row]:
    """One row per report of the issue, with what there is of it. Which they are is settled at the first look: a final report
    completes its campaign, and must not fall out of its own message."""
    rows = app.execute(PARTS, [issue["issue_id"]]).fetchall()
    if rows:
        return rows
    asked = {"sponsor_id": issue["sponsor_id"], "first_day": issue["period_start"], "last_day": issue["period_end"]}
    campaigns = [issue["campaign_id"]]
    if issue["campaign_id"] is None:
        campaigns = [row["campaign_id"] for row in app.execute(CAMPAIGNS, asked).fetchall()]
    schedule = app.execute(KINDS, [issue["schedule_id"]]).fetchone()
    for kind in schedule["kinds"] if schedule else USUAL:
        if kind != "network":
            subjects: list[UUID | None] = list(campaigns)
        else:
            ran = app.execute(RAN, asked).fetchone()
            subjects = [None] if ran and ran["has_run"] else []
        for campaign_id in subjects:
            app.execute(ADD, [tenant_id, issue["issue_id"], kind, campaign_id])
    return app.execute(PARTS, [issue["issue_id"]]).fetchall()


def request_part(app: Connection, tenant_id: int, issue: Row, part: Row) -> UUID:
    """One of these reports, for the worker. A network summary is of the issue's days, as UTC days."""
    of_period = part["kind"] == "network"
    row = app.execute(
        REQUEST,
        {
            "tenant_id": tenant_id, "kind": part["kind"], "campaign_id": part["campaign_id"],
            "sponsor_id": issue["sponsor_id"] if of_period else None,
            "first_day": issue["period_start"] if of_period else None, "last_day": issue["period_end"] if of_period else None,
            "is_final": part["kind"] == "campaign" and is_final(app, issue, part),
        },
    ).fetchone()  # fmt: skip
    if row is None:
        raise RuntimeError(f"found no row for the {part['kind']} report of issue {issue['issue_id']}, expected the one inserted")
    report_id: UUID = row["report_id"]
    app.execute(TAKE, [report_id, issue["issue_id"], part["kind"], part["campaign_id"]])
    return report_id


def is_final(app: Connection, issue: Row, part: Row) -> bool:
    """At the campaign's end, and where no exposure can bring a conversion any more; a preview completes nothing."""
    if issue["is_preview"]:
        return False
    window = app.execute(WINDOW, [part["campaign_id"]]).fetchone()
    last_credit = part["flight_end"] + timedelta(seconds=window["seconds"] if window else 2_592_000)
    return bool(issue["cadence"] == "campaign_end" or last_credit < issue["period_end"])
