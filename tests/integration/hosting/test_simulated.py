"""The demo network's hosts over HTTP, pulled as a run pulls them, against the truth that the simulation wrote beside them."""

import csv
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.hosting.statistics import pull_hosting
from assets.lib.warehouse import WarehouseUrl
from orchestration.world import load_app
from simulation import make_world, start_server

SECRET = "k" * 32


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_world("tiny", 7, "2026-08-01T12:00:00Z", tmp_path_factory.mktemp("world") / "tiny-7")


def test_what_lands_equals_what_the_hosts_said_and_a_second_pull_adds_nothing(world: Path, database_url: str) -> None:
    load_app(database_url, world, SECRET)
    server = start_server(world)
    try:
        with psycopg.connect(database_url) as connection:
            connection.execute("update app.hosting_accounts set base_url = %s", [f"http://127.0.0.1:{server.server_port}"])
            accounts = connection.execute("select host, count(*) from app.hosting_accounts group by host").fetchall()
        warehouse = WarehouseUrl(database_url, SECRET, True)
        today = date(2026, 8, 1)
        first = pull_hosting(warehouse, "one", today=today)
        assert first.failures == ()
        assert dict(accounts).keys() >= {"buzzsprout", "transistor"}
        second = pull_hosting(warehouse, "two", today=today, is_forced=True)
        assert (second.failures, second.landed) == ((), 0)
    finally:
        server.shutdown()
        server.server_close()
    with psycopg.connect(database_url) as connection:
        landed = connection.execute(
            "select source, period_start, sum(value)::int from raw.hosting_downloads "
            "where metric = 'download' and grain = 'day' and dimension = '' group by 1, 2"
        ).fetchall()
    with (world / "truth" / "host_downloads.csv").open(encoding="utf-8", newline="") as file:
        said: Counter[tuple[str, date]] = Counter()
        for row in csv.DictReader(file):
            said[row["source"], date.fromisoformat(row["day"])] += int(row["downloads"])
    asked = {key: number for key, number in said.items() if today - timedelta(days=34) <= key[1] <= today}
    assert {(source, day): number for source, day, number in landed} == asked


def test_the_demo_network_has_both_hosts_and_op3(world: Path) -> None:
    from simulation.specs import DEMO
    from simulation.tenant import make_shows

    hosts: Counter[str] = Counter()
    from simulation.hosting import hosts_of

    for spec in DEMO:
        for show in make_shows(spec, 1, 1_785_585_600_000, 1_777_809_600_000, "http://x"):
            hosts.update(hosts_of(show))
    assert hosts["buzzsprout"] >= 3 and hosts["transistor"] >= 3 and hosts["op3"] >= 1


def test_a_hosts_document_names_no_other_hosts_key(world: Path) -> None:
    documents: list[dict[str, Any]] = [json.loads(path.read_text("utf-8")) for path in (world / "hosting").rglob("*.json")]
    keys = [document.get("token") or document["api_key"] for document in documents]
    assert len(set(keys)) == len(keys)
