"""The privacy group: keys that rotate, and what is forgotten in time."""

import dagster as dg

from assets.lib.warehouse import WarehouseUrl
from assets.pixels.household_keys import rotate
from assets.pixels.retention import expire_idempotency_keys, forget_user_agents


@dg.asset(
    key=["ops", "household_keys"],
    group_name="privacy",
    owners=["team:hostread"],
    kinds={"postgres"},
    required_resource_keys={"warehouse"},
)
def household_keys(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads a subscripted one as a tuple of outputs
    """One row per tenant and epoch of its household key, as long as anything can be matched under it.

    The next quarter's key is made a week ahead; a key is destroyed the longest window and 35 days after its epoch.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    done = rotate(warehouse.url, context.run_id)
    return dg.MaterializeResult(metadata={"made": done.made, "destroyed": done.destroyed, "dagster/row_count": done.live})


@dg.asset(
    key=["ops", "forgotten_user_agents"],
    group_name="privacy",
    owners=["team:hostread"],
    kinds={"postgres"},
    required_resource_keys={"warehouse"},
)
def forgotten_user_agents(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as above
    """One row per collected event whose user agent was emptied, 35 days after its receipt."""
    warehouse: WarehouseUrl = context.resources.warehouse
    done = forget_user_agents(warehouse.url)
    return dg.MaterializeResult(metadata={"raw_events": done.raw, "admitted_events": done.admitted})


@dg.asset(
    key=["ops", "expired_idempotency_keys"],
    group_name="privacy",
    owners=["team:hostread"],
    kinds={"postgres"},
    required_resource_keys={"warehouse"},
)
def expired_idempotency_keys(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as above
    """One row per key of a write that was over, a day after its claim, and is gone with the answer that it held."""
    warehouse: WarehouseUrl = context.resources.warehouse
    return dg.MaterializeResult(metadata={"dagster/row_count": expire_idempotency_keys(warehouse.url)})
