"""Dagster's storage holds a connection: a run does not log in for each event, and a server that starts again is found."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import text

from orchestration import pipeline
from orchestration.dagster_storage import POOL
from orchestration.migrate import sqlalchemy_url


@pytest.fixture
def instance(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance as every process of Hostread has it: by the project's own `dagster.yaml`."""
    (tmp_path / "dagster.yaml").write_bytes((Path(pipeline.__file__).parent / "instance" / "dagster.yaml").read_bytes())
    monkeypatch.setitem(os.environ, "HOSTREAD_DAGSTER_URL", sqlalchemy_url(database_url, "psycopg2"))
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


def test_events_share_connections_and_lost_ones_are_replaced(instance: dg.DagsterInstance) -> None:
    def backends(events: int) -> set[int]:
        """Who served, asked after each event."""
        served = set()
        for _ in range(events):
            instance.report_runless_asset_event(dg.AssetMaterialization("anything"))
            with instance.event_log_storage._connect() as connection:
                served.add(int(connection.execute(text("select pg_backend_pid()")).scalar_one()))
        return served

    held = backends(20)
    assert len(held) <= POOL["pool_size"]
    with instance.run_storage.connect() as connection:
        for pid in held:
            assert connection.execute(text(f"select pg_terminate_backend({pid}, 60000)")).scalar_one()
    assert not held & backends(20)
