"""The estimates group, day by day: saturation of what changed, refitted on the published build."""

from datetime import date

import dagster as dg

from assets.lib.warehouse import WarehouseUrl
from assets.results import KINDS, OWNERS, transient_faults_are_retried

# The day that a fit is of: weeks that were over before it began (UTC).
FIT_DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", timezone="UTC", end_offset=1)


@dg.asset(
    key=["estimates", "saturation_fits"],
    deps=[dg.AssetKey(["marts", "builds"])],
    partitions_def=FIT_DAYS,
    group_name="estimates",
    owners=OWNERS,
    kinds=KINDS | {"scipy"},
    required_resource_keys={"warehouse"},
)
def saturation_fits(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads a subscripted one as a tuple of outputs
    """One row per tenant, sponsor, show, account of the money, currency and day of the fit: verdict, reason, evidence and drift;
    its curves by window and the advice on budgets beside it.

    Read from the published build alone, all tenants in one call; what is as at its last fit is left alone.
    """
    # Here and not above: numpy would make every process that loads the definitions wait.
    from assets.estimates.saturation.shapes import MODEL_VERSION
    from assets.estimates.saturation_fits import fit_saturation

    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        done = fit_saturation(warehouse.url, date.fromisoformat(context.partition_key), context.run_id)
    return dg.MaterializeResult(
        metadata={
            "build": str(done.build_id),
            "model_version": MODEL_VERSION,
            "dagster/partition_row_count": done.fitted,
            "unchanged": done.unchanged,
            **{f"fits_{verdict}": count for verdict, count in sorted(done.verdicts.items())},
        }
    )
