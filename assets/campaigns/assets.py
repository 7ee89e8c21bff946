"""The campaigns group: orders and spend as the tenants' own books have them, and the rates and survey answers that they load."""

from typing import Any

import dagster as dg

from assets.campaigns.forms import Kind
from assets.campaigns.imports import refresh_imports
from assets.lib.warehouse import WarehouseUrl
from assets.results import IMPORTS, KINDS, OWNERS, landed, report_failures, transient_faults_are_retried


@dg.asset(
    key=["raw", "campaigns_orders"],
    group_name="campaigns",
    deps=IMPORTS,
    owners=OWNERS,
    kinds=KINDS,
    required_resource_keys={"warehouse"},
)
def campaigns_orders(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per version of an order in a tenant's imported books: when, how much, with which code."""
    return _refreshed(context, "orders")


@dg.asset(
    key=["raw", "campaigns_spend"],
    group_name="campaigns",
    deps=IMPORTS,
    owners=OWNERS,
    kinds=KINDS,
    required_resource_keys={"warehouse"},
)
def campaigns_spend(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per version of a sponsor's, show's and day's spend, with what was delivered and what came of it."""
    return _refreshed(context, "spend")


@dg.asset(
    key=["raw", "campaigns_survey_answers"],
    group_name="campaigns",
    deps=IMPORTS,
    owners=OWNERS,
    kinds=KINDS,
    required_resource_keys={"warehouse"},
)
def campaigns_survey_answers(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per response to a sponsor's survey of its customers: how they heard of it."""
    return _refreshed(context, "survey_answers")


@dg.asset(
    key=["app", "currency_rates"],
    group_name="campaigns",
    deps=IMPORTS,
    owners=OWNERS,
    kinds=KINDS,
    required_resource_keys={"warehouse"},
)
def currency_rates(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per tenant, pair of currencies and day: what one unit of the first is worth in the second."""
    return _refreshed(context, "currency_rates", "app.currency_rates")


def _refreshed(context: dg.AssetExecutionContext, kind: Kind, table: str = "") -> "dg.MaterializeResult[Any]":
    """Read again the files that were imported once and have changed since."""
    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        summary = refresh_imports(warehouse.url, kind, context.run_id)
        report_failures(context, summary.failures)
        return landed(
            warehouse.url, table or f"raw.campaigns_{kind}", context.run_id, summary.landed, quarantined=summary.quarantined,
            failures=summary.failures, more={"files": summary.files, "rows_unchanged": summary.unchanged},
        )  # fmt: skip
