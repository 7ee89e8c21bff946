"""`hostread report`: a campaign's report as files."""

from pathlib import Path
from uuid import UUID

import click

from orchestration.cli.acting import TENANT_HELP, acting
from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url


@click.group()
def report() -> None:
    """Render and store a campaign's report."""


@report.command("list")
@click.option("--tenant", help=TENANT_HELP)
def list_campaigns(tenant: str | None) -> None:
    """List the campaigns that a report can be rendered for."""
    with acting(tenant) as (connection, _):
        rows = connection.execute(
            "select c.campaign_id, c.name, s.name as sponsor, c.status from app.campaigns as c "
            "inner join app.sponsors as s using (tenant_id, sponsor_id) order by c.flight_start desc"
        ).fetchall()
    for row in rows:
        click.echo(f"{row['campaign_id']}  {row['status']:<10} {row['sponsor']}: {row['name']}")
    if not rows:
        click.echo("no campaigns yet: make one in the dashboard or by POST /v1/campaigns")


@report.command()
@click.argument("campaign_id", type=click.UUID)
@click.option("--tenant", help=TENANT_HELP)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The folder to write to [here].")
def render(campaign_id: UUID, tenant: str | None, out: Path) -> None:
    """Render the report of CAMPAIGN_ID and write it as PDF, XLSX and CSV."""
    from api.campaigns.reports import ReportEntry, get_file, get_report, request_report
    from api.reports.worker import render_next

    with acting(tenant) as (connection, owner):
        report_id = request_report(connection, owner, ReportEntry(campaign_id=campaign_id)).report_id
    url = database_url(settings())
    while render_next(url):
        with acting(tenant) as (connection, owner):
            if get_report(connection, owner, report_id).status in ("succeeded", "failed"):
                break
    out.mkdir(parents=True, exist_ok=True)
    with acting(tenant) as (connection, owner):
        made = get_report(connection, owner, report_id)
        if made.status != "succeeded":
            raise HostreadError(f"report {report_id} {made.status}: {made.error}")
        for file_format in made.formats:
            file = get_file(connection, owner, report_id, file_format)
            (out / file["filename"]).write_bytes(file["content"])
            click.echo(out / file["filename"])


COMMANDS = {"report": report}
