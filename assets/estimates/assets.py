"""The estimates group: what is inferred from the published marts, daily, and modelled on by the builds after it."""

import dagster as dg

from assets.lib.warehouse import WarehouseUrl
from assets.results import KINDS, OWNERS, transient_faults_are_retried


@dg.asset(
    key=["estimates", "attribution_channels"],
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="estimates",
    owners=OWNERS,
    kinds=KINDS | {"scipy"},
    required_resource_keys={"warehouse"},
)
def attribution_channels(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads a subscripted one as a tuple of outputs
    """One row per tenant, sponsor, goal, granularity, model (Markov, Shapley) and channel: its share with a 95 % interval.

    Read from the published build alone. Too little data, or channels that are always met together, give that verdict and no figure.
    """
    # Here and not above: scipy would make every process that loads the definitions wait.
    from assets.estimates.attribution import fit_attribution
    from assets.estimates.verdicts import MODEL_VERSION

    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        done = fit_attribution(warehouse.url, context.run_id, context.log.info)
    return dg.MaterializeResult(
        metadata={
            "build": str(done.build_id),
            "model_version": MODEL_VERSION,
            "journeys": done.journeys,
            "dagster/row_count": done.channels,
            **{f"fits_{verdict}": count for verdict, count in sorted(done.verdicts.items())},
        }
    )
