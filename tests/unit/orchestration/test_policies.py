"""Policies: what is tried again, what goes stale, and what the instance allows."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import yaml

import orchestration
from orchestration.definitions import defs
from orchestration.policies import WRITES_MARTS

GRAPH = defs.resolve_asset_graph()
INSTANCE = yaml.safe_load((Path(orchestration.__file__).parent / "instance" / "dagster.yaml").read_text("utf-8"))


def test_only_what_talks_to_the_outside_is_tried_again_as_a_whole() -> None:
    retried = {
        key.to_user_string()
        for asset in defs.assets or []
        if isinstance(asset, dg.AssetsDefinition) and asset.is_executable and asset.op.retry_policy
        for key in asset.keys
    }
    # Sources do so by dg.RetryRequested, for an unreachable warehouse alone: tests/integration/ingest.
    assert retried == {"delivery/report_mails"}


def test_what_is_fetched_and_what_is_served_has_a_freshness() -> None:
    windows = {
        key.to_user_string(): (policy.warn_window.to_timedelta(), policy.fail_window.to_timedelta())  # type: ignore[attr-defined]
        for key in GRAPH.materializable_asset_keys
        if (policy := GRAPH.get(key).freshness_policy)
    }
    feeds = (timedelta(hours=1), timedelta(hours=6))
    assert windows == {
        "raw/feeds_documents": feeds,
        "raw/feeds_channels": feeds,
        "raw/feeds_items": feeds,
        "raw/feeds_snapshots": feeds,
        "raw/hosting_downloads": (timedelta(hours=4), timedelta(hours=26)),
        "ops/lists": (timedelta(days=2), timedelta(days=7)),
        "marts/builds": (timedelta(minutes=15), timedelta(hours=1)),
    }


def test_the_instance_lets_one_run_write_the_marts_and_tells_nobody() -> None:
    ((key, value),) = WRITES_MARTS.items()
    assert INSTANCE["concurrency"]["runs"]["tag_concurrency_limits"] == [{"key": key, "limit": 1, "value": value}]
    assert INSTANCE["run_monitoring"]["enabled"] is True
    assert INSTANCE["telemetry"] == {"enabled": False}
    storage = INSTANCE["storage"]["custom"]
    assert (storage["class"], storage["config"]) == ("HeldPostgresStorage", {"postgres_url": {"env": "HOSTREAD_DAGSTER_URL"}})
