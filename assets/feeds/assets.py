"""The feeds group: what shows say of themselves and of their episodes."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.feeds.client import refresh_feeds
from assets.lib.warehouse import WarehouseUrl
from assets.results import KINDS, OWNERS, landed, report_failures, transient_faults_are_retried

DESCRIPTIONS = {
    "feeds_documents": "One row per feed document that brought anything new: its bytes as they came.",
    "feeds_channels": "One row per version of a show's channel: its title, language and GUID.",
    "feeds_items": "One row per version of an episode, by its GUID within its feed: title, enclosure, duration.",
    "feeds_snapshots": "One row per change of what a feed lists: its episodes' GUIDs, counts, and elements that are new to us.",
}


@dg.multi_asset(
    name="feeds",
    specs=[
        dg.AssetSpec(["raw", table], description=description, group_name="feeds", owners=OWNERS, kinds=KINDS)
        for table, description in DESCRIPTIONS.items()
    ],
    required_resource_keys={"warehouse"},
)
def feeds(context: dg.AssetExecutionContext) -> Iterator["dg.MaterializeResult[Any]"]:
    """Every active show's feed that is due, asked conditionally (RFC 9110, section 13) and landed."""
    warehouse: WarehouseUrl = context.resources.warehouse
    with transient_faults_are_retried():
        summary = refresh_feeds(
            warehouse.url, context.run_id, allow_private=warehouse.allow_private_urls, progress=context.log.info
        )
        report_failures(context, summary.failures)
        more = {
            "feeds_changed": summary.landed,
            "feeds_unchanged": summary.unchanged,
            "feeds_waiting": summary.waiting,
            "feeds_moved": summary.moved,
        }
        yield landed(warehouse.url, "raw.feeds_documents", context.run_id, summary.documents, more=more)
        yield landed(warehouse.url, "raw.feeds_channels", context.run_id, summary.channels)
        yield landed(warehouse.url, "raw.feeds_snapshots", context.run_id, summary.snapshots)
        yield landed(warehouse.url, "raw.feeds_items", context.run_id, summary.items, failures=summary.failures, more=more)
