"""What a report changes in schema app, each step in the caller's transaction, bound to the report's own tenant."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from api.marts.figures import CampaignFigures, ReportFigures
from api.reports.files import Rendered
from api.reports.look import Language
from api.success.economics import Cost

App = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Claim:
    """One report that this worker's session holds."""

    tenant_id: int
    report_id: UUID
    # None: of all campaigns of the account.
    campaign_id: UUID | None


@dataclass(frozen=True)
class Request:
    """What was asked for."""

    kind: str
    is_final: bool
    language: Language
    sponsor_id: UUID | None
    period_start: date | None
    period_end: date | None
    # Of a value review: what the installation costs a month, where somebody stated it.
    cost: Cost | None = None


def asked(app: App, claim: Claim) -> Request:
    row = app.execute(
        "select kind, is_final, language, sponsor_id, period_start, period_end, infrastructure_cost, infrastructure_currency "
        "from app.reports where report_id = %s",
        [claim.report_id],
    ).fetchone()
    if row is None:
        raise RuntimeError(f"found no row of report {claim.report_id}, expected the one just claimed: it was deleted by hand")
    amount, currency = row.pop("infrastructure_cost"), row.pop("infrastructure_currency")
    return Request(**row, cost=Cost(amount, currency) if amount is not None else None)


# The latest report of the same subject and period, and the one that it restated: a report that is made again restates the same.
TOLD = """
with latest as (
    select r.report_id, r.restates_id
    from app.reports as r
    inner join app.reports as own on own.report_id = %(report_id)s
    where
        r.status = 'succeeded' and r.kind = own.kind and r.campaign_id is not distinct from own.campaign_id
        and r.sponsor_id is not distinct from own.sponsor_id and r.period_start is not distinct from own.period_start
        and r.period_end is not distinct from own.period_end
    order by r.finished_at desc, r.report_id desc
    limit 1
)

select r.report_id, r.version, r.build_id, f.content
from latest
inner join app.reports as r on r.report_id in (latest.report_id, latest.restates_id)
inner join app.report_files as f on f.report_id = r.report_id and f.format = 'csv'
where r.build_id is not null
order by r.version desc
"""


def told_before(app: App, claim: Claim) -> list[dict[str, Any]]:
    """Earlier reports as stored: report_id, version, build_id, and the CSV."""
    return app.execute(TOLD, {"report_id": claim.report_id}).fetchall()


def enter(app: App, claim: Claim) -> None:
    app.execute("select set_config('hostread.tenant_id', %s, true)", [str(claim.tenant_id)])


def store(app: App, claim: Claim, figures: ReportFigures, rendered: Rendered) -> None:
    """The files, the report's end and the product event, in the caller's transaction."""
    done = app.execute(
        """
        update app.reports
        set status = 'succeeded', finished_at = now(), error = null, build_id = %s, figures_sha256 = %s,
            version = %s, restates_id = %s
        where report_id = %s and status = 'running'
        returning requested_by
        """,
        [figures.build.build_id, rendered.figures_sha256, rendered.version, rendered.restates, claim.report_id],
    ).fetchone()
    if done is None:
        raise RuntimeError(
            f"found report {claim.report_id} no longer running, expected it to be this worker's: it was changed by hand"
        )
    app.execute("delete from app.report_files where report_id = %s", [claim.report_id])
    for file in rendered.files:
        app.execute(
            "insert into app.report_files (tenant_id, report_id, format, filename, media_type, content, sha256) "
            "values (%s, %s, %s, %s, %s, %s, %s)",
            [claim.tenant_id, claim.report_id, file.format, file.filename, file.media_type, file.content, file.sha256],
        )
    record(app, claim, "report.generated", done["requested_by"], report_id=str(claim.report_id))


def complete(app: App, claim: Claim, figures: CampaignFigures) -> None:
    """A campaign whose flight is over and whose final report is made is completed (domain rules, section 9), once."""
    before = app.execute(
        "select status from app.campaigns where campaign_id = %s and status in ('active', 'paused') for update", [claim.campaign_id]
    ).fetchone()
    if before is None:
        return
    app.execute("update app.campaigns set status = 'completed', updated_at = now() where campaign_id = %s", [claim.campaign_id])
    app.execute(
        "insert into app.campaign_status_history (tenant_id, campaign_id, from_status, to_status, reason) "
        "values (%s, %s, %s, %s, %s)",
        [
            claim.tenant_id, claim.campaign_id, before["status"], "completed",
            f"flight ended on {figures.campaign.flight_end}, final report {claim.report_id}",
        ],
    )  # fmt: skip
    app.execute(
        "insert into app.audit_log (tenant_id, actor_kind, action, subject_kind, subject_id, detail) "
        "values (%s, 'system', 'campaign.completed', 'campaign', %s, %s)",
        [claim.tenant_id, str(claim.campaign_id), Jsonb({"report_id": str(claim.report_id)})],
    )
    record(app, claim, "campaign.completed", None, report_id=str(claim.report_id))


def record(app: App, claim: Claim, name: str, user_id: UUID | None, **properties: str) -> None:
    app.execute(
        "insert into app.product_events (tenant_id, user_id, campaign_id, event_name, properties) values (%s, %s, %s, %s, %s)",
        [claim.tenant_id, user_id, claim.campaign_id, name, Jsonb(properties)],
    )
