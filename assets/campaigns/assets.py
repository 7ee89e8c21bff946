"""The campaigns group: orders and spend as the tenants' own books have them, and the rates and survey answers that they load."""

from typing import Any

import dagster as dg

from assets.campaigns.forms import Kind
from assets.campaigns.imports import refresh_imports
from assets.lib.warehouse import WarehouseUrl
from assets.results import IMPORTS, KINDS, OWNERS, landed, report_failures, transient_faults_are_retried


def _file_asset(kind: Kind, table: str, description: str) -> dg.AssetsDefinition:
    """The asset of `table`: reads again the files of the kind that were imported once and have changed since."""

    @dg.asset(
        key=table.split("."),
        description=description,
        group_name="campaigns",
        deps=IMPORTS,
        owners=OWNERS,
        kinds=KINDS,
        required_resource_keys={"warehouse"},
    )
    def refreshed(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
        warehouse: WarehouseUrl = context.resources.warehouse
        with transient_faults_are_retried():
            summary = refresh_imports(warehouse.url, kind, context.run_id)
            report_failures(context, summary.failures)
            return landed(
                warehouse.url, table, context.run_id, summary.landed, quarantined=summary.quarantined, failures=summary.failures,
                more={"files": summary.files, "rows_unchanged": summary.unchanged},
            )  # fmt: skip

    return refreshed


campaigns_orders = _file_asset(
    "orders",
    "raw.campaigns_orders",
    "One row per version of an order in a tenant's imported books: when, how much, with which code.",
)
campaigns_spend = _file_asset(
    "spend",
    "raw.campaigns_spend",
    "One row per version of a sponsor's, show's and day's spend, with what was delivered and what came of it.",
)
campaigns_survey_answers = _file_asset(
    "survey_answers",
    "raw.campaigns_survey_answers",
    "One row per response to a sponsor's survey of its customers: how they heard of it.",
)
currency_rates = _file_asset(
    "currency_rates",
    "app.currency_rates",
    "One row per tenant, pair of currencies and day: what one unit of the first is worth in the second.",
)
