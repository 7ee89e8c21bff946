"""The lists group: what judges agents and addresses, refreshed daily, and the recounts that somebody asked for."""

from typing import Any

import dagster as dg

from assets.lib.warehouse import WarehouseUrl
from assets.lists.recount import apply_recounts, finish_recounts
from assets.lists.refresh import refresh_lists
from assets.lists.sources import read_sources
from assets.results import KINDS, OWNERS, markdown, report_failures, transient_faults_are_retried

OVERLAYS = (dg.AssetKey(["ops", "rejudged_agents"]), dg.AssetKey(["ops", "rejudged_prefixes"]))


@dg.asset(key=["ops", "lists"], group_name="lists", owners=OWNERS, kinds=KINDS, required_resource_keys={"warehouse"})
def lists(context: dg.AssetExecutionContext) -> "dg.MaterializeResult[Any]":
    """One row per version of a list: user agents, and address ranges of data centres, VPNs and mobile networks.

    Each publisher is asked conditionally. One that does not answer keeps its last document; one whose list shrank or looks wrong is
    held until somebody accepts it. A new version judges what lands from then on and changes no count before.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        done = refresh_lists(
            warehouse.url, context.run_id, read_sources(warehouse.list_sources), allow_private=warehouse.allow_private_urls
        )
    report_failures(context, [*done.failures, *done.held])
    metadata: dict[str, Any] = {
        "dagster/table_name": "ops.lists",
        "sources_changed": len(done.changed),
        "sources_unchanged": len(done.unchanged),
        "sources_waiting": len(done.waiting),
        "sources_held": len(done.held),
        "failed": len(done.failures),
        "versions": dg.MetadataValue.md(
            markdown(["list", "version", "entries"], [[v.list_name, v.version, f"{v.entries:,}"] for v in done.versions])
        ),
    }
    if done.failures or done.held:
        metadata["failures"] = dg.MetadataValue.md(markdown(["source", "message"], [*done.failures, *done.held]))
    return dg.MaterializeResult(metadata=metadata)


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key, group_name="lists", owners=OWNERS, kinds=KINDS, description=f"One row per tenant, UTC day and {what} that a "
            "recount judged again by a version of a list; counts change with the next published build, and ops.recounts says how."
        )
        for key, what in zip(OVERLAYS, ("user agent", "address prefix"), strict=True)
    ],
    required_resource_keys={"warehouse"},
)  # fmt: skip
def recounts(context: dg.AssetExecutionContext) -> Any:
    """What was asked for with `hostread recount` or POST /v1/recounts and not judged yet."""
    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        finish_recounts(warehouse.url)
        done = apply_recounts(warehouse.url)
    for key, name in zip(OVERLAYS, ("user_agents", "ip_ranges"), strict=True):
        mine = [rejudged for rejudged in done if rejudged.recount.list_name == name]
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "recounts": len(mine),
                "requests_in_range": sum(rejudged.in_range for rejudged in mine),
                "requests_changed": sum(rejudged.changed for rejudged in mine),
                "requests_not_judgeable": sum(rejudged.not_judgeable for rejudged in mine),
            },
        )
