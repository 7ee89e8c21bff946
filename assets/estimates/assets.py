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


@dg.asset(
    key=["estimates", "lift_studies"],
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="estimates",
    owners=OWNERS,
    kinds=KINDS | {"scipy"},
    required_resource_keys={"warehouse"},
)
def lift_studies(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as above
    """One row per tenant and campaign: its lift among matched households by week since exposure, beside placebos and A/A tests.

    Read from the published build alone. Too little power, nobody to compare with, or groups that differed before: no number.
    """
    from assets.estimates.lift import MODEL_VERSION
    from assets.estimates.lift_campaigns import measure_lift

    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        done = measure_lift(warehouse.url, context.run_id, context.log.info)
    return dg.MaterializeResult(
        metadata={
            "build": str(done.build_id),
            "model_version": MODEL_VERSION,
            "households": done.households,
            "dagster/row_count": done.verdicts.total(),
            "split_tests": done.splits,
            "split_tests_positive": done.false_positives,
            **{f"studies_{verdict}": count for verdict, count in sorted(done.verdicts.items())},
        }
    )


@dg.asset(
    key=["estimates", "campaign_forecasts"],
    deps=[dg.AssetKey(["marts", "builds"])],
    group_name="estimates",
    owners=OWNERS,
    kinds=KINDS | {"scipy"},
    required_resource_keys={"warehouse"},
)
def campaign_forecasts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as above
    """One row per tenant, campaign and figure (ads, downloads, conversions): what its flight will have brought by its end.

    By the decay of its episodes, or by the same weekdays again where backtests show these to be better; with intervals.
    """
    from assets.estimates.forecast import MODEL_VERSION
    from assets.estimates.forecast_campaigns import forecast_campaigns

    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        done = forecast_campaigns(warehouse.url, context.run_id)
    return dg.MaterializeResult(
        metadata={
            "build": str(done.build_id),
            "model_version": MODEL_VERSION,
            "dagster/row_count": done.outcomes.total(),
            **{f"forecasts_{outcome}": count for outcome, count in sorted(done.outcomes.items())},
        }
    )
