"""The step between building and serving: one transaction that readers see whole or not at all."""

import dagster as dg

from assets.lib.warehouse import WarehouseUrl
from assets.lists.recount import finish_recounts
from orchestration.build import hold_build, publish_build, running_build
from orchestration.dbt import warehouse_models
from orchestration.method import record_statement
from orchestration.policies import MARTS_FRESHNESS


@dg.asset(
    key=["marts", "builds"],
    deps=[key for key in warehouse_models.keys if key.path[0] == "marts"],
    group_name="marts",
    owners=["team:hostread"],
    kinds={"postgres"},
    freshness_policy=MARTS_FRESHNESS,
    required_resource_keys={"warehouse"},
)
def builds(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """One row per published build: every candidate mart's changes applied to `marts` in one transaction, with the watermark."""
    warehouse: WarehouseUrl = context.resources.warehouse
    build_id = running_build(warehouse.url, context.run_id)
    try:
        counts = publish_build(warehouse.url, build_id)
    except Exception as error:
        hold_build(warehouse.url, build_id, [{"name": "publish", "status": "error", "message": str(error)}])
        raise
    finish_recounts(warehouse.url)
    stated = record_statement(warehouse.url)
    return dg.MaterializeResult(
        metadata={
            "build": str(build_id),
            "method_statement": stated,
            "dagster/row_count": sum(counts.values()),
            "rows": dg.MetadataValue.md(
                "| mart | rows |\n|---|---:|\n" + "\n".join(f"| {k} | {v:,} |" for k, v in sorted(counts.items()))
            ),
        }
    )
