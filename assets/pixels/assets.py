"""The pixels group: days of what the collector took in, sealed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg

from assets.lib.warehouse import WarehouseUrl
from assets.pixels.sealing import PREVIEW_COLUMNS, columns_of, seal_day

# The day that runs now is a partition too: sealing it again and again is how its events reach the built marts.
DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", timezone="UTC", end_offset=1)


@dg.asset(
    key=["raw", "collector_events"],
    partitions_def=DAYS,
    group_name="pixels",
    owners=["team:hostread"],
    kinds={"postgres"},
    required_resource_keys={"warehouse"},
)
def collector_events(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads a subscripted one as a tuple of outputs
    """One row per event as a sponsor's site sent it, in the UTC day of its receipt; a retried event may stand twice.

    The collector writes the rows; this seals the day: it counts them, records count and watermark in ops.seals, and makes
    the partitions of the coming week.
    """
    warehouse: WarehouseUrl = context.resources.warehouse
    sealed = [seal_day(warehouse.url, date.fromisoformat(key), context.run_id) for key in context.partition_keys]
    kinds = sorted({kind for day in sealed for kind in day.rows_by_kind})
    return dg.MaterializeResult(
        metadata={
            "dagster/partition_row_count": sum(day.row_count for day in sealed),
            "rows_by_kind": {kind: sum(day.rows_by_kind.get(kind, 0) for day in sealed) for kind in kinds},
            "quarantined": sum(day.quarantined_count for day in sealed),
            "refused": sum(day.refused_count for day in sealed),
            "days_over": sum(day.is_over for day in sealed),
            "watermark": max(day.watermark for day in sealed),
            "preview": dg.MetadataValue.md(_table(PREVIEW_COLUMNS, sealed[-1].preview)),
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(name, kind, constraints=dg.TableColumnConstraints(nullable=nullable))
                    for name, kind, nullable in columns_of(warehouse.url)
                ]
            ),
        }
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Markdown; a name that a stranger sent cannot end its cell."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(str(value).replace("|", "\\|").replace("\n", " ") for value in line) + " |" for line in lines
    )
