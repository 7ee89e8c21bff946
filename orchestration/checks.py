"""Great Expectations suites as Dagster asset checks: one pass; errors block what is downstream, warnings show."""

from collections.abc import Iterator

import dagster as dg

from assets.lib.warehouse import WarehouseUrl
from expectations import CheckSpec, catalogue
from orchestration.build import BuildRunningError, begin_build, hold_build

# Not made by any asset, but judged: how much could not be used is a fact about the sources.
quarantine = dg.AssetSpec(
    ["raw", "quarantine"],
    group_name="quarantine",
    owners=["team:hostread"],
    description="One row per line, event or item that could not be used, with its reason and original bytes.",
)


def check_key(spec: CheckSpec) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(dg.AssetKey(["raw", spec.table]), spec.name)


SPECS = {check_key(spec): spec for spec in catalogue()}


@dg.multi_asset_check(
    name="raw_expectations",
    specs=[
        dg.AssetCheckSpec(key.name, asset=key.asset_key, description=spec.description, blocking=spec.severity == "error")
        for key, spec in SPECS.items()
    ],
    can_subset=True,
    required_resource_keys={"warehouse"},
    compute_kind="greatexpectations",
)
def raw_expectations(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """What came in is judged before anything is built on it; a failed error holds the build, and readers keep the last good one."""
    from expectations.runner import run_suites

    warehouse: WarehouseUrl = context.resources.warehouse
    blocking = []
    tables = sorted({key.asset_key.path[-1] for key in context.selected_asset_check_keys})
    for result in run_suites(warehouse.url, tables):
        spec = SPECS[dg.AssetCheckKey(dg.AssetKey(["raw", result.table]), result.name)]
        if not result.success and spec.severity == "error":
            blocking.append({"name": f"raw.{result.table}: {result.name}", "status": "fail", "message": result.observed})
        yield dg.AssetCheckResult(
            passed=result.success,
            asset_key=dg.AssetKey(["raw", result.table]),
            check_name=result.name,
            severity=dg.AssetCheckSeverity.ERROR if spec.severity == "error" else dg.AssetCheckSeverity.WARN,
            metadata={
                "reason": result.reason,
                "expected": str(result.expected),
                "observed": str(result.observed),
                "unexpected_count": result.unexpected_count or 0,
            },
        )
    if blocking:
        try:
            window = begin_build(warehouse.url, "incremental", context.run.run_id)
        except BuildRunningError:
            # Every build judges every raw table itself: the next one is held for the same rows.
            context.log.error(f"{len(blocking)} blocking checks failed while another build runs: the next one is held for them")
            return
        hold_build(warehouse.url, window.build_id, blocking)
        context.log.error(
            f"{len(blocking)} blocking checks failed: build {window.build_id} is held, the last published one is served"
        )
