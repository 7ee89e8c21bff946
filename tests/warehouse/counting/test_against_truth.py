"""The simulated world `tiny`, landed and counted, against what its slow row-wise oracle says of every request."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.feeds.client import refresh_feeds
from assets.hosting.lists import load_ip_ranges
from assets.hosting.logs import land_logs
from orchestration.world import load_app
from simulation.server import start_server
from simulation.world import make_world

NOW = "2026-10-01T12:00:00+00:00"
SECRET = "cf2Lr1QwYqhJ1a0YQvfyN5TjJrG6mC4vQeYb3b1x0VY="
WINDOWS = ("calendar", "first_touch", "last_touch")
MARTS = ("+episode_downloads_daily", "+campaign_delivery_daily", "+episode_milestones", "+show_listeners")
MILESTONES = (1, 3, 7, 30, 60, 90)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds") / "tiny-7"
    make_world("tiny", 7, NOW, folder)
    server = start_server(folder)
    base = f"http://127.0.0.1:{server.server_port}"
    app = (folder / "app.json").read_text("utf-8")
    (folder / "app.json").write_text(app.replace("http://127.0.0.1:8803", base), "utf-8")
    yield folder
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def counted(warehouse: Any, world: Path) -> Iterator[Any]:
    load_app(warehouse.url, world, SECRET)
    load_ip_ranges(warehouse.url, world / "lists" / "ip_ranges.csv", "test")
    feeds = refresh_feeds(warehouse.url, "test", allow_private=True)
    assert feeds.failed == 0, feeds
    logs = land_logs(warehouse.url, "test", is_final=True)
    assert not logs.failures, logs.failures
    warehouse.build(select=MARTS, variables={"build_as_of": NOW})
    yield warehouse


def truth(world: Path, name: str) -> list[dict[str, str]]:
    with (world / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def line_numbers(world: Path) -> dict[tuple[str, int], tuple[str, int]]:
    """(path, offset) of a line as the warehouse names it -> (log file, number of the line) as the truth does."""
    places = {}
    for path in (world / "logs").rglob("*.jsonl"):
        offset = 0
        with path.open("rb") as file:
            for number, line in enumerate(file):
                places[str(path), offset] = (str(path.relative_to(world / "logs")), number)
                offset += len(line)
    return places


def test_every_rejected_request_has_the_reason_of_the_truth(counted: Any, world: Path) -> None:
    places = line_numbers(world)
    judged = {
        (slug, *places[path, offset]): reason or ""
        for slug, path, offset, reason in counted.rows(
            "select t.slug, s.path, r.file_offset, r.rejected_by from intermediate.int_requests_judged as r "
            "join app.tenants as t using (tenant_id) join app.log_sources as s using (log_source_id)"
        )
    }
    expected = {(row["tenant"], row["log_file"], int(row["line"])): row["rejected_by"] for row in truth(world, "requests")}
    assert expected.keys() == judged.keys()
    wrong = Counter((reason, judged[place]) for place, reason in expected.items() if judged[place] != reason)
    assert not wrong, f"(truth, judged) -> requests: {wrong}"
    assert set(expected.values()) >= {"method", "status", "probe", "bot", "watch", "datacenter", "volume", ""}


@pytest.mark.parametrize("window", WINDOWS)
def test_the_request_that_opens_a_download_is_the_one_of_the_truth(window: str, counted: Any, world: Path) -> None:
    daily = Counter(
        {
            (slug, str(show), guid, str(day)): downloads
            for slug, show, guid, day, downloads in counted.rows(
                "select t.slug, d.show_id, d.episode_guid, d.day, d.downloads from candidate.episode_downloads_daily as d "
                "join app.tenants as t using (tenant_id) where d.source = 'logs' and d.counting_window = %s and d.downloads > 0",
                window,
            )
        }
    )
    expected = Counter(
        {
            (row["tenant"], row["show_id"], row["episode_guid"], row["day"]): int(row["downloads"])
            for row in truth(world, "downloads_daily")
            if row["window"] == window
        }
    )
    countable = sum(int(row[f"countable_{window}"]) for row in truth(world, "requests"))
    assert expected.total() == countable > 0
    assert daily == expected


def test_every_ad_delivered_is_one_of_the_truth(counted: Any, world: Path) -> None:
    delivered = {
        (slug, str(placement)): count
        for slug, placement, count in counted.rows(
            "select t.slug, a.placement_id, count(*) from intermediate.int_ads_delivered as a "
            "join app.tenants as t using (tenant_id) group by 1, 2"
        )
    }
    expected = {
        (row["tenant"], row["placement_id"]): int(row["downloads"])
        for row in truth(world, "ads_delivered")
        if int(row["downloads"])
    }
    assert delivered == expected
    insertions = {
        p["insertion"]
        for t in json.loads((world / "app.json").read_text("utf-8"))["tenants"]
        for c in t["campaigns"]
        for p in c["placements"]
        if (t["slug"], p["placement_id"]) in expected
    }
    assert insertions == {"baked_in", "dynamic"}, "both kinds were delivered, not only booked"


def downloads_of_the_truth(world: Path, window: str) -> Iterator[tuple[dict[str, str], datetime]]:
    """The requests that open a download in a window, as the truth has them, each with when it came, as its log line says."""
    logs: dict[str, list[bytes]] = {}
    for row in truth(world, "requests"):
        if row[f"countable_{window}"] == "1":
            if row["log_file"] not in logs:
                logs[row["log_file"]] = (world / "logs" / row["log_file"]).read_bytes().splitlines()
            line = json.loads(logs[row["log_file"]][int(row["line"])])
            yield row, datetime.fromisoformat(line["requested_at"])


@pytest.mark.parametrize("window", WINDOWS)
def test_an_episodes_first_days_are_those_of_the_truth(window: str, counted: Any, world: Path) -> None:
    """Fails where a milestone ends at midnight rather than 24 h after publication, or takes a day too many or too few."""
    published = {
        (slug, guid): at
        for slug, guid, at in counted.rows(
            "select t.slug, e.episode_guid, e.published_at from intermediate.int_episodes_known as e "
            "join app.tenants as t using (tenant_id)"
        )
    }
    expected: Counter[tuple[str, str, int]] = Counter()
    for row, at in downloads_of_the_truth(world, window):
        age = at - published[row["tenant"], row["episode_guid"]]
        for days in MILESTONES:
            expected[row["tenant"], row["episode_guid"], days] += timedelta() <= age < timedelta(days=days)
    columns = ", ".join(f"m.downloads_{days}d, m.is_complete_{days}d" for days in MILESTONES)
    found: Counter[tuple[str, str, int]] = Counter()
    for slug, guid, at, *figures in counted.rows(
        f"select t.slug, m.episode_guid, m.published_at, {columns} from candidate.episode_milestones as m "
        "join app.tenants as t using (tenant_id) where m.source = 'logs' and m.counting_window = %s",
        window,
    ):
        for days, count, is_complete in zip(MILESTONES, figures[::2], figures[1::2], strict=True):
            found[slug, guid, days] = count
            assert is_complete is (datetime.fromisoformat(NOW) >= at + timedelta(days=days)), (guid, days)
    assert +found == +expected
    assert len({expected[key] for key in expected if key[2] == 1}) > 1 and expected.total() > 0


def test_listeners_of_each_time_frame_are_those_of_the_truth(counted: Any, world: Path) -> None:
    """Fails where listeners are summed over days, or a frame begins or ends a day off."""
    shows = {
        (slug, guid): str(show)
        for slug, guid, show in counted.rows(
            "select t.slug, e.episode_guid, e.show_id from intermediate.int_episodes_known as e "
            "join app.tenants as t using (tenant_id)"
        )
    }
    last = datetime.fromisoformat(NOW).astimezone(UTC).date()
    heard: dict[tuple[str, str, str, date], set[str]] = {}
    for row, at in downloads_of_the_truth(world, "first_touch"):
        day = at.astimezone(UTC).date()
        frames = {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}
        if last - timedelta(days=29) <= day <= last:
            frames["30d"] = last - timedelta(days=29)
        for frame, start in frames.items():
            key = (row["tenant"], shows[row["tenant"], row["episode_guid"]], frame, start)
            heard.setdefault(key, set()).add(row["listener_key"])
    found = {
        (slug, str(show), frame, start): listeners
        for slug, show, frame, start, listeners in counted.rows(
            "select t.slug, l.show_id, l.frame, l.frame_start, l.listener_count from candidate.show_listeners as l "
            "join app.tenants as t using (tenant_id) where l.source = 'logs'"
        )
    }
    assert found == {key: len(listeners) for key, listeners in heard.items()}
    assert {key[2] for key in heard} == {"day", "week", "month", "30d"}
