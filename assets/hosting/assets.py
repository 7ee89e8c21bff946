"""The hosting group: what was downloaded, by the hosts' own count and by the logs that we count ourselves."""

from typing import Any

import dagster as dg

from assets.hosting.logs import FileProgress, land_logs
from assets.hosting.statistics import pull_hosting
from assets.lib.warehouse import WarehouseUrl
from assets.results import KINDS, OWNERS, landed, report_failures, transient_faults_are_retried


@dg.asset(key=["raw", "hosting_downloads"], group_name="hosting", owners=OWNERS, kinds=KINDS, required_resource_keys={"warehouse"})
def hosting_downloads(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per value that a host reports of an episode and period, and per restatement of it (domain rules, section 2).

    Each pull re-reads the trailing 35 podcast-local days; a value that did not change is not written again.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        summary = pull_hosting(warehouse, context.run_id)
        report_failures(context, summary.failures)
        more = {"accounts": summary.accounts, "accounts_waiting": summary.waiting}
        return landed(warehouse.url, "raw.hosting_downloads", context.run_id, summary.landed, failures=summary.failures, more=more)


@dg.asset(key=["raw", "logs_requests"], group_name="hosting", owners=OWNERS, kinds=KINDS, required_resource_keys={"warehouse"})
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
