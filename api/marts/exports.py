"""Marts row by row, for whoever computes on: which of them may be taken out, in which order, and without which columns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from api.marts.builds import current_build
from api.marts.errors import NotFoundError
from api.marts.keyset import Order, Window
from api.marts.models import Build, Paged, Shape
from api.marts.warehouse import Reader

# Who somebody is, however well it is hashed, is in no export; the account's number says nothing to anybody.
HIDDEN = frozenset(
    {"tenant_id", "household_hash", "household_hashes", "household_epochs", "key_epoch", "anonymous_id", "user_id", "person_id"}
)
COLUMNS = """
select a.attname as name
from pg_attribute as a
where
    a.attrelid = to_regclass('marts.' || quote_ident(%(name)s)) and a.attnum > 0 and not a.attisdropped
    and a.atttypid not in ('bytea'::regtype, 'bytea[]'::regtype)
order by a.attnum
"""


class Dataset(Shape):
    """One mart that can be taken out row by row; docs/contracts.md has its columns."""

    dataset: str = Field(description="Its name in `/v1/exports/{dataset}`; in the warehouse `marts.<name>`.")
    description: str
    key: list[str] = Field(description="What makes a row one; rows come in this order.")


class ExportPage(Paged):
    """Rows of one dataset as the build has them. Money is in minor units beside its currency, weights in parts per billion."""

    build: Build
    columns: list[str]
    items: list[dict[str, Any]]


def _dataset(description: str, *key: str) -> tuple[str, Order]:
    return description, Order(*key)


DATASETS: Mapping[str, tuple[str, Order]] = {
    "attribution_conversions": _dataset("One row per conversion, with its evidence and owner.", "conversion_id uuid"),
    "attribution_credits": _dataset(
        "One row per conversion and touch of its path, with weight and amount under each model.",
        "conversion_id uuid",
        "touch_id uuid",
    ),
    "campaign_attribution_daily": _dataset(
        "One row per campaign, placement, day, model and basis.",
        "sponsor_id uuid",
        "campaign_id uuid",
        "placement_id uuid",
        "day date",
        "model text",
        "basis text",
        "currency text",
        "is_fraud boolean",
    ),
    "campaign_delivery_daily": _dataset(
        "One row per placement and day: ads delivered.", "campaign_id uuid", "placement_id uuid", "day date"
    ),
    "campaign_performance": _dataset("One row per campaign: delivery, visits, conversions, revenue.", "campaign_id uuid"),
    "campaign_roi": _dataset("One row per campaign and model: what it returned.", "campaign_id uuid", "model text"),
    "campaign_roi_cohorts": _dataset(
        "One row per campaign, basis, week and model.", "campaign_id uuid", "basis text", "cohort_week date", "model text"
    ),
    "campaign_spend_daily": _dataset(
        "One row per placement and day: what it cost.", "campaign_id uuid", "placement_id uuid", "day date"
    ),
    "collection_quality": _dataset(
        "One row per site and UTC hour: what was received and what became of it.", "site_id uuid", "hour_at timestamptz"
    ),
    "count_reconciliation": _dataset(
        "One row per episode, day and pair of sources.",
        "show_id uuid",
        "episode_guid text",
        "day date",
        "source_a text",
        "source_b text",
        "metric_b text",
    ),
    "episode_downloads_daily": _dataset(
        "One row per episode, day, source and counting window.",
        "show_id uuid",
        "episode_guid text",
        "day date",
        "source text",
        "counting_window text",
    ),
    "episode_milestones": _dataset(
        "One row per episode, source and window: downloads in its first days.",
        "show_id uuid",
        "episode_guid text",
        "source text",
        "counting_window text",
    ),
    "episode_statistics_daily": _dataset(
        "One row per episode, source, metric and period, as hosts and apps tell it.",
        "show_id uuid",
        "episode_guid text",
        "source text",
        "metric text",
        "grain text",
        "period_start date",
        "period_end date",
    ),
    "imported_spend_daily": _dataset(
        "One row per sponsor, show and day of the account's own books.", "sponsor_id uuid", "show_id uuid", "day date"
    ),
}


def list_datasets() -> list[Dataset]:
    """All of them, by name."""
    return [Dataset(dataset=name, description=said, key=order.names) for name, (said, order) in sorted(DATASETS.items())]


def export_rows(c: Reader, name: str, page: Window) -> ExportPage:
    """One page of a dataset; raises NotFoundError for a name that is none."""
    if name not in DATASETS:
        raise NotFoundError("dataset", name[:60])
    build = current_build(c)
    columns = [row["name"] for row in c.execute(COLUMNS, {"name": name}).fetchall() if row["name"] not in HIDDEN]
    listed = ", ".join(f't."{column}"' for column in columns)
    select = f"select {listed} from marts.{name} as t"  # noqa: S608 - a name of DATASETS
    found = DATASETS[name][1].read(c, select, {}, page) if columns else None
    items = [{column: _plain(row[column]) for column in columns} for row in found.items] if found else []
    return ExportPage(build=build, columns=columns, items=items, next_cursor=found.next_cursor if found else None)


def _plain(value: Any) -> Any:
    # An instant with its offset, as everywhere; what JSON has no word for is its text.
    return value.isoformat() if isinstance(value, datetime) else value
