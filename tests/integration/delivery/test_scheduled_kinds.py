"""What a schedule's message carries: each campaign's report, the sponsor's summary of the period, the report after the flight."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import dagster as dg
import psycopg
import pytest

from api.mail.links import Links
from api.marts.figures import network_figures
from api.marts.warehouse import Warehouse
from assets.delivery.assets import PERIODS, SPONSORS, report_mails, reports, sponsor_reports
from assets.delivery.due import partitions
from assets.delivery.outbox import Mailer
from assets.delivery.proofs import summary_faults
from assets.delivery.queue import prepare_partition, prepare_reports
from assets.lib.clock import now
from assets.lib.warehouse import WarehouseUrl

SPONSOR = UUID("a0000000-0000-4000-8000-000000000001")
LINKS = Links("https://reports.example", "s" * 32)
builds = dg.AssetSpec(["marts", "builds"])
Change = Callable[..., None]


@pytest.fixture
def change(sponsor_url: str) -> Change:
    def run(statement: str, *values: Any) -> None:
        with psycopg.connect(sponsor_url) as owner:
            owner.execute(statement, values)  # type: ignore[arg-type]

    return run


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as owner:
        return owner.execute(query).fetchall()  # type: ignore[arg-type]


def resources(url: str, mailbox: Any) -> dict[str, dg.ResourceDefinition]:
    mailer = Mailer(mailbox.url, "reports@hostread.example", LINKS)
    return {
        "warehouse": dg.ResourceDefinition.hardcoded_resource(WarehouseUrl(url, "secret")),
        "mailer": dg.ResourceDefinition.hardcoded_resource(mailer),
    }


def test_one_message_carries_the_summary_and_each_campaigns_report(sponsor_url: str, mailbox: Any, change: Change) -> None:
    """Rendered, proved and mailed for real, in the account's language; the summary is of the sponsor and the week alone."""
    change("update app.report_schedules set kinds = '{campaign,network}'")
    change("insert into app.report_settings (tenant_id, language) values (1, 'de')")
    done = dg.materialize(
        [reports, report_mails, builds], resources=resources(sponsor_url, mailbox), selection=[reports, report_mails]
    )
    assert all(check.passed for check in done.get_asset_check_evaluations())
    [(_, message)] = mailbox.messages
    assert message["Subject"].startswith("Northwind Coffee: Wochenbericht")
    names = [one.get_filename() for one in message.iter_attachments()]
    assert len(names) == len(set(names)) == 3, names
    lines = message.get_body(("plain",)).get_content().splitlines()
    assert lines.index("Alle Kampagnen") < lines.index("Over") < lines.index("Running")
    kinds = rows(
        sponsor_url,
        "select r.kind, r.sponsor_id, r.period_start = i.period_start and r.period_end = i.period_end, r.language "
        "from ops.issue_reports as n inner join app.reports as r on r.report_id = n.report_id "
        "inner join ops.report_issues as i on i.issue_id = n.issue_id order by r.kind",
    )
    assert kinds == [("campaign", None, None, "de")] * 2 + [("network", SPONSOR, True, "de")]
    prepare_reports(sponsor_url, now())
    assert rows(sponsor_url, "select count(*) from app.reports") == [(3,)], "run again, nothing is made twice"


def test_a_campaigns_end_carries_promise_and_outcome_under_a_name_of_its_own(
    sponsor_url: str, mailbox: Any, change: Change
) -> None:
    change("delete from app.report_schedules")
    change(
        "insert into app.report_schedules (tenant_id, sponsor_id, cadence, kinds, timezone, recipients, active_since) "
        "values (1, %s, 'campaign_end', '{campaign,post_campaign}', 'UTC', '{kim@sponsor.example}', now() - interval '70 days')",
        SPONSOR,
    )
    change("update app.campaigns set flight_end = current_date - 20 where name = 'Over'")
    done = dg.materialize(
        [reports, report_mails, builds], resources=resources(sponsor_url, mailbox), selection=[reports, report_mails]
    )
    assert all(check.passed for check in done.get_asset_check_evaluations())
    [(_, message)] = mailbox.messages
    assert message["Subject"].startswith("Over: final report")
    first, second = sorted(one.get_filename() for one in message.iter_attachments())
    assert first.startswith("over-2") and second.startswith("over-after-the-flight-2")
    assert rows(sponsor_url, "select status from app.campaigns where name = 'Over'") == [("completed",)]


def test_a_week_in_which_nothing_ran_has_no_summary(sponsor_url: str, change: Change) -> None:
    change("update app.report_schedules set kinds = '{network}'")
    ran = "update app.campaigns set status = 'completed', flight_start = current_date - %s, flight_end = current_date - %s"
    change(ran, 90, 60)
    prepare_reports(sponsor_url, now())
    assert rows(sponsor_url, "select status from ops.report_issues") == [("empty",)]
    change("delete from ops.deliveries; delete from ops.report_issues")
    change(ran, 90, 3)
    prepare_reports(sponsor_url, now())
    assert rows(sponsor_url, "select kind, campaign_id from ops.issue_reports") == [("network", None)], "completed in the week"


def test_a_summary_that_does_not_add_up_is_found(sponsor_url: str, change: Change) -> None:
    first, last = datetime.now(UTC).date() - timedelta(days=40), datetime.now(UTC).date()
    with Warehouse(sponsor_url) as warehouse, warehouse.tenant(1) as reader:
        figures = network_figures(reader, first, last, sponsor_id=SPONSOR)
    assert figures.summary.campaigns and summary_faults(figures) == []
    for part in ("campaigns", "shows", "days"):
        summary = figures.summary.model_copy(update={part: getattr(figures.summary, part)[:-1]})
        faults = summary_faults(figures.model_copy(update={"summary": summary}))
        assert any(f"by {part[:-1]}" in fault for fault in faults), part


def test_a_backfill_makes_each_sponsor_and_period_of_its_range_once(sponsor_url: str, mailbox: Any, change: Change) -> None:
    """A range of weeks of one sponsor, as the Dagster UI starts it: a run each, and none again for what went out."""
    change("update app.report_schedules set kinds = '{campaign,network}', recipients = '{kim@sponsor.example}'")
    sponsors, periods = partitions(sponsor_url, datetime.now(UTC).date())
    weeks = [key for key in periods if len(key) == 10][-3:]
    job = dg.define_asset_job("send_chosen_reports", selection=[sponsor_reports], partitions_def=sponsor_reports.partitions_def)
    wiring = dg.Definitions(assets=[sponsor_reports, builds], jobs=[job], resources=resources(sponsor_url, mailbox))
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(SPONSORS.name or "", sponsors)
        instance.add_dynamic_partitions(PERIODS.name or "", periods)
        keys = [dg.MultiPartitionKey({"sponsor": str(SPONSOR), "period": week}) for week in weeks]
        assert sponsor_reports.partitions_def is not None
        known = set(sponsor_reports.partitions_def.get_partition_keys(dynamic_partitions_store=instance))
        assert set(keys) <= known
        for _ in range(2):
            for key in keys:
                done = wiring.get_job_def("send_chosen_reports").execute_in_process(instance=instance, partition_key=key)
                assert done.success
        made = instance.get_materialized_partitions(sponsor_reports.key)
        assert made == set(keys)
    assert [start for (start,) in rows(sponsor_url, "select period_start from ops.report_issues order by 1")] == [
        date.fromisoformat(week) for week in weeks
    ]
    assert len(mailbox.messages) == len({message["Message-ID"] for _, message in mailbox.messages}) == 3
    subjects, prepared = prepare_partition(sponsor_url, SPONSOR, weeks[0], now())
    assert len(subjects) == 1 and not any(one.is_new for one in prepared)
