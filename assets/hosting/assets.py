"""The hosting group: what was downloaded, by the hosts' own count and by the logs that we count ourselves."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import dagster as dg

from assets.hosting.logs import FileProgress, land_logs
from assets.hosting.statistics import HostingSummary, pull_hosting
from assets.lib.warehouse import WarehouseUrl
from assets.results import IMPORTS, KINDS, OWNERS, landed, markdown, report_failures, transient_faults_are_retried

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2020-01-01", timezone="UTC", end_offset=1)


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month's partition key, as 2026-02-01."""
    first = date.fromisoformat(month)
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def by_source(summary: HostingSummary) -> dg.MarkdownMetadataValue:
    """One line per host: accounts by what came of them, values landed, and the first message."""
    lines = []
    for host in sorted({result.host for result in summary.results}):
        mine = [result for result in summary.results if result.host == host]
        counts = Counter(result.status for result in mine)
        states = ", ".join(f"{counts[status]} {status}" for status in ("landed", "failed", "waiting") if counts[status])
        lines.append([host, states, f"{sum(result.landed for result in mine):,}", next((r.message for r in mine if r.message), "")])
    return dg.MetadataValue.md(markdown(["source", "accounts", "values landed", "message"], lines) if lines else "no account")


class HostingPull(dg.Config):
    """Which accounts a run reads: all that are due, or those alone that somebody added, changed or asked for just now."""

    only_asked: bool = False


@dg.asset(
    key=["raw", "hosting_downloads"],
    group_name="hosting",
    deps=IMPORTS,
    owners=OWNERS,
    kinds=KINDS,
    required_resource_keys={"warehouse"},
)
def hosting_downloads(context: dg.AssetExecutionContext, config: HostingPull) -> "dg.MaterializeResult[Any]":
    """One row per value that a host reports of an episode and period, and per restatement of it (domain rules, section 2).

    Each pull re-reads the trailing 35 podcast-local days; a value that did not change is not written again.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        summary = pull_hosting(warehouse, context.run_id, only_asked=config.only_asked)
        report_failures(context, summary.failures)
        more = {"accounts": summary.accounts, "accounts_waiting": summary.waiting, "sources": by_source(summary)}
        return landed(warehouse.url, "raw.hosting_downloads", context.run_id, summary.landed, failures=summary.failures, more=more)


@dg.asset(
    key=["ops", "hosting_rereads"], group_name="hosting", owners=OWNERS, kinds=KINDS, required_resource_keys={"warehouse"},
    partitions_def=MONTHS,
)  # fmt: skip
def hosting_rereads(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per account and month that was read again, in ops.fetch_state under `hosting_reread`; its values are in
    raw.hosting_downloads.

    Hosts restate more than the trailing days now and then: a month is materialised from the UI, or many as a backfill.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        summary = pull_hosting(warehouse, context.run_id, days=days_of(context.partition_key))
        report_failures(context, summary.failures)
    return dg.MaterializeResult(
        metadata={
            "accounts": summary.accounts,
            "rows_landed": summary.landed,
            "failed": summary.failed,
            "sources": by_source(summary),
        }
    )


@dg.asset(
    key=["raw", "logs_requests"],
    group_name="hosting",
    deps=IMPORTS,
    owners=OWNERS,
    kinds=KINDS,
    required_resource_keys={"warehouse"},
)
def logs_requests(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per logged request, judged on arrival: agent, watch duplicate, household hash, address class (section 1).

    Each complete line of each log file lands exactly once; a line that cannot be used is in raw.quarantine with its reason.
    """
    warehouse: WarehouseUrl = context.resources.warehouse

    def progress(done: FileProgress) -> None:
        context.log.info(f"{done.path.name}: {done.landed:,} requests landed, {done.quarantined:,} lines quarantined")

    with transient_faults_are_retried():
        summary = land_logs(warehouse.url, context.run_id, progress=progress)
        report_failures(context, summary.failures)
        return landed(
            warehouse.url, "raw.logs_requests", context.run_id, summary.landed, quarantined=summary.quarantined,
            failures=summary.failures, more={"files": summary.files},
        )  # fmt: skip
