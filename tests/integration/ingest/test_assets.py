"""The Dagster assets: what a run reports, what it survives, and what it tries again."""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
import psycopg
import pytest

from assets.campaigns import assets as campaigns
from assets.feeds import assets as feeds
from assets.hosting import assets as hosting
from assets.lib.warehouse import WarehouseUrl
from assets.results import markdown, transient_faults_are_retried

TABLES = {
    "raw.feeds_documents", "raw.feeds_channels", "raw.feeds_items", "raw.feeds_snapshots", "raw.hosting_downloads",
    "raw.logs_requests", "raw.campaigns_orders", "raw.campaigns_spend", "raw.campaigns_survey_answers", "app.currency_rates",
}  # fmt: skip


def materialize(url: str) -> Mapping[str, Mapping[str, Any]]:
    result = dg.materialize(
        # What reads a month again is a run of its own, with a partition.
        [
            asset
            for asset in dg.load_assets_from_modules([feeds, hosting, campaigns])
            if hosting.hosting_rereads.key not in getattr(asset, "keys", ())
        ],
        resources={"warehouse": WarehouseUrl(url, "key", True)},
    )
    assert result.success
    return {
        ".".join(event.materialization.asset_key.path): event.materialization.metadata
        for event in result.get_asset_materialization_events()
    }


def test_every_raw_table_is_an_asset_that_says_what_landed(tenant: Any, site: Any, answer: Callable[..., Any]) -> None:
    document = (
        b'<rss version="2.0"><channel><title>S</title><item><guid>a</guid><title>a|b &lt;script&gt;</title></item></channel></rss>'
    )
    site.answers["/feed"] = answer(document)
    tenant.execute("update app.shows set feed_url = %s", f"{site.url}/feed")
    tenant.execute(
        "insert into app.shows (tenant_id, title, feed_url) values (%s, 'Broken', %s)", tenant.tenant_id, f"{site.url}/none"
    )
    found = materialize(tenant.url)
    assert set(found) == TABLES
    items = found["raw.feeds_items"]
    assert (items["rows_landed"].value, items["failed"].value, items["dagster/row_count"].value) == (1, 1, 1)
    assert "answered 404" in str(items["failures"].value)
    assert "a\\|b" in str(items["preview"].value)
    schema = items["dagster/column_schema"].value
    assert isinstance(schema, dg.TableSchema)
    assert {"tenant_id": "integer", "duration_s": "numeric"}.items() <= {
        column.name: column.type for column in schema.columns
    }.items()


def test_no_preview_shows_a_household_or_a_prefix(tenant: Any, tmp_path: Any) -> None:
    log = tmp_path / "a.jsonl"
    log.write_text(
        '{"requested_at": "2026-01-05T10:00:00Z", "ip": "24.9.8.7", "method": "GET", "status": 200, "url": "https://x/a.mp3"}\n',
        "utf-8",
    )
    tenant.execute(
        "insert into app.log_sources (tenant_id, name, path, format) values (%s, 'a', %s, 'jsonl')", tenant.tenant_id, str(log)
    )
    preview = str(materialize(tenant.url)["raw.logs_requests"]["preview"].value)
    assert "GET" in preview
    assert "24.9.8" not in preview and "household" not in preview


def test_a_warehouse_that_is_away_is_tried_again_and_a_mistake_is_not() -> None:
    with pytest.raises(dg.RetryRequested), transient_faults_are_retried():
        raise psycopg.OperationalError("the server closed the connection")
    with pytest.raises(ValueError, match="wrong"), transient_faults_are_retried():
        raise ValueError("wrong")


def test_markup_of_strangers_is_text() -> None:
    table = markdown(["title"], [["<img src=x> | ![](http://x) `c`\nd"]])
    assert "<img" not in table and "![" not in table
    assert table.count("\n") == 2
