"""The imports group: what people bring, landed as it comes."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets.imports.queue import land_waiting
from assets.lib.warehouse import WarehouseUrl
from assets.results import KINDS, OWNERS, landed, report_failures, transient_faults_are_retried


@dg.asset(
    key=["ops", "imports"], group_name="imports", owners=OWNERS, kinds=KINDS,
    required_resource_keys={"warehouse", "import_folder"},
)  # fmt: skip
def imports(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per file that was uploaded or lay in the watched folder: what it was, what landed, what was turned away and why."""
    warehouse: WarehouseUrl = context.resources.warehouse
    folder: Path | None = context.resources.import_folder
    with transient_faults_are_retried():
        summary = land_waiting(warehouse, folder, context.run_id)
        report_failures(context, summary.failures)
        return landed(
            warehouse.url, "ops.imports", context.run_id, summary.files, quarantined=summary.quarantined,
            failures=summary.failures, more={"rows": summary.landed, "rows_unchanged": summary.unchanged},
        )  # fmt: skip
