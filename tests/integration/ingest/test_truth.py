"""What is judged on arrival, against the truth of a simulated world, which knows nothing of this code."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.feeds.client import refresh_feeds
from assets.hosting.lists import load_ip_ranges
from assets.hosting.logs import land_logs
from assets.hosting.statistics import pull_hosting
from assets.lib.warehouse import WarehouseUrl
from orchestration.world import load_app
from simulation import make_world, start_server


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("world") / "tiny"
    make_world("tiny", 5, datetime.now(UTC).replace(minute=0, second=0, microsecond=0), folder, "http://127.0.0.1:1")
    return folder


def lines_by_offset(path: Path) -> Iterator[tuple[int, int]]:
    offset = 0
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True)):
        yield offset, number
        offset += len(line)


def rejected_by(row: dict[str, Any]) -> str:
    """The first six rules of domain-rules section 1, over what the landing stored."""
    if row["method"] != "GET":
        return "method"
    if row["status"] not in (200, 206):
        return "status"
    if row["range_header"] == "bytes=0-1":
        return "probe"
    if row["user_agent_kind"] == "bot":
        return "bot"
    if row["is_watch"]:
        return "watch"
    return "datacenter" if row["ip_class"] in ("datacenter", "vpn") else ""


def test_every_request_is_judged_as_the_truth_has_it(database_url: str, world: Path) -> None:
    load_app(database_url, world, "key")
    load_ip_ranges(database_url, world / "lists" / "ip_ranges.csv")
    summary = land_logs(database_url, "run", batch_lines=500)
    with (world / "truth" / "requests.csv").open(encoding="utf-8") as file:
        truth = {(row["log_file"], int(row["line"])): row["rejected_by"] for row in csv.DictReader(file)}
    with (world / "truth" / "quarantined.csv").open(encoding="utf-8") as file:
        broken = Counter(row["reason"] for row in csv.DictReader(file) if row["source"] == "logs")
    assert (summary.landed, summary.quarantined) == (len(truth), broken.total())
    with psycopg.connect(database_url, row_factory=psycopg.rows.dict_row) as connection:
        rows = connection.execute(
            "select s.path, r.* from raw.logs_requests as r inner join app.log_sources as s using (log_source_id)"
        ).fetchall()
        media = connection.execute("select count(*) as wrong from raw.logs_requests where media_key not like '%%/%%'").fetchone()
    offsets = {str(path): dict(lines_by_offset(path)) for path in (world / "logs").rglob("*.jsonl")}
    seen: set[tuple[str, int]] = set()
    for row in rows:
        key = (str(Path(row["path"]).relative_to(world / "logs")), offsets[row["path"]][row["file_offset"]])
        seen.add(key)
        # Volume and unknown episodes are judged over the survivors, in the warehouse.
        assert rejected_by(row) == truth[key].replace("volume", "").replace("unknown_episode", ""), key
    assert seen == set(truth)
    assert media == {"wrong": 0}


def test_feeds_and_host_land_completely_and_join_the_log(database_url: str, world: Path) -> None:
    server = start_server(world, 0)
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        load_app(database_url, world, "key")
        tenants = json.loads((world / "app.json").read_text("utf-8"))["tenants"]
        with psycopg.connect(database_url) as connection:
            connection.execute("update app.shows set feed_url = replace(feed_url, 'http://127.0.0.1:1', %s)", [base])
            connection.execute("update app.hosting_accounts set base_url = replace(base_url, 'http://127.0.0.1:1', %s)", [base])
        feeds = refresh_feeds(database_url, "run", allow_private=True)
        hosting = pull_hosting(WarehouseUrl(database_url, "key", True), "run")
        land_logs(database_url, "run")
    finally:
        server.shutdown()
        server.server_close()
    assert (feeds.failed, hosting.failed, hosting.accounts) == (0, 0, sum(len(tenant["hosting_accounts"]) for tenant in tenants))
    assert hosting.landed > 0
    with psycopg.connect(database_url) as connection:
        strangers = connection.execute(
            "select count(*) from raw.logs_requests as r where not exists "
            "(select 1 from raw.feeds_items as i where i.tenant_id = r.tenant_id and i.media_key = r.media_key)"
        ).fetchone()
        total = connection.execute("select count(*) from raw.logs_requests").fetchone()
        # A host that names no GUID names its file; what it says of a show as a whole is no episode's.
        guids = connection.execute(
            "select count(*) from raw.hosting_downloads where episode_guid is null and media_key is null and episode_key <> '*'"
        ).fetchone()
    assert strangers is not None and total is not None and strangers[0] < total[0] / 100
    assert guids == (0,)
