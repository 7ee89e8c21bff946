"""Exports from an empty database, uploaded by the API, to the marts and back by the API: one build, three hosts."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings
from assets.imports.queue import land_waiting
from assets.lib.warehouse import WarehouseUrl
from orchestration.build import begin_build
from orchestration.dbt_command import run_arguments, run_dbt, selection_arguments
from orchestration.mart_tables import apply_marts, read_marts

SECRET = "s" * 32
MARTS = ("episode_downloads_daily", "episode_statistics_daily", "episode_audience_daily")
# What the pages say that the exports hold: help.libsynsupport.com/hc/en-us/articles/360041220571-Advanced-Stats.
LIBSYN = {
    "by_episodes.csv": "date,item_title,downloads\n2026-03-08,Episode 11,3\n2026-03-08,Episode 12,2\n2026-03-09,Episode 11,5\n",
    "total_downloads.csv": "date,downloads\n2026-03-08,5\n2026-03-09,5\n",
    "by_country.csv": "date,country,downloads\n2026-03-08,US,8\n2026-03-08,NO,2\n",
}
RESTATED = "date,item_title,downloads\n2026-03-09,Episode 11,6\n"
# support.spotify.com/us/creators/article/understanding-your-podcast-analytics.
SPOTIFY = 'Date,Starts,Streams,Listeners,Followers\n2026-03-08,50,40,30,1000\n2026-03-09,60,44,31,"1,004"\n'
# podcasters.apple.com/support/844-troubleshooting-data-issues.
APPLE = "Episode Title,Plays,Unique Devices,Engaged Listeners\nEpisode 11,{},700,300\nEpisode 12,50,40,20\n"


@pytest.fixture(scope="module")
def database(server_url: str, template_url: str) -> Iterator[str]:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("create database exports_api template template_hostread")
        yield f"{server_url.rsplit('/', 1)[0]}/exports_api"
        connection.execute("drop database exports_api with (force)")


@pytest.fixture(scope="module")
def client(database: str) -> Iterator[TestClient]:
    settings = ApiSettings(database_url=database, secret_key=SECRET, registration_rate="1000/minute", log_level="ERROR")  # type: ignore[arg-type]
    with TestClient(create_app(settings), base_url="http://testserver") as made:
        yield made


@pytest.fixture(scope="module")
def show(database: str, client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Five files of three hosts uploaded on two days, landed and built; the show's id."""
    owner = {"email": "owner@net.example.com", "password": "correct horse battery", "organisation": "Net", "currency": "USD"}
    client.headers["Authorization"] = f"Bearer {client.post('/v1/users', json=owner).json()['api_key']['key']}"
    entry = {"title": "Show", "feed_url": "https://f.example/x.xml", "timezone": "UTC"}
    made: str = client.post("/v1/shows", json=entry).json()["show_id"]
    with psycopg.connect(database) as connection:
        for key in ("11", "12"):
            connection.execute(
                "insert into raw.feeds_items (tenant_id, show_id, episode_guid, content_sha256, title, media_key, payload, "
                "fetched_at, run_id) select tenant_id, show_id, %s, sha256(%s), %s, %s, '{}', now(), 'test' from app.shows",
                [f"guid-{key}", key.encode(), f"Episode {key}", f"media.example/{key}.mp3"],
            )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in LIBSYN.items():
            archive.writestr(name, text)
    bring(client, database, made, "libsyn.zip", packed.getvalue())
    bring(client, database, made, "again.zip", packed.getvalue())
    bring(client, database, made, "restated.csv", RESTATED.encode())
    bring(client, database, made, "spotify.csv", SPOTIFY.encode("utf-16"))
    bring(client, database, made, "apple.csv", APPLE.format("1.000").encode())
    with psycopg.connect(database) as connection:
        # The first export was of the day before.
        connection.execute(
            "update raw.hosting_downloads set period_start = period_start - 1, period_end = period_end - 1 where source = 'apple'"
        )
    bring(client, database, made, "apple later.csv", APPLE.format("1.200").encode())
    publish(database, tmp_path_factory.mktemp("dbt") / "target")
    return made


def bring(client: TestClient, database: str, show: str, name: str, content: bytes) -> None:
    answer = client.post("/v1/imports", data={"kind": "statistics", "show_id": show}, files={"file": (name, content)})
    assert answer.status_code == 202, answer.text
    land_waiting(WarehouseUrl(database, SECRET), None, "test")
    landed = get(client, answer.headers["Location"])
    assert (landed["status"], landed["quarantined_count"], landed["message"]) == ("landed", 0, ""), landed
    assert (landed["landed_count"] == 0) == name.startswith("again"), landed


def publish(url: str, target: Path) -> None:
    """Build, test and publish the marts that show what hosts say, and no others: a build of everything takes minutes."""
    window = begin_build(url, "full", "test")
    for arguments in (run_arguments([f"+{name}" for name in MARTS]), ["test", *selection_arguments(MARTS[1:])]):
        result = run_dbt(url, arguments, target)
        assert result.nodes and not result.failed_checks, result.failed_checks or result.error
    with psycopg.connect(url, options="-c role=hostread_transform") as connection:
        apply_marts(connection, [mart for mart in read_marts(target / "manifest.json") if mart.name in MARTS])
        connection.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) values (%s, 'full', %s, %s, now())",
            [window.build_id, window.from_xact, window.to_xact],
        )
        connection.execute("update ops.build_attempts set status = 'published', finished_at = now()")


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_libsyns_downloads_are_counted_once_by_the_feeds_guid_and_restated(client: TestClient, show: str) -> None:
    """The show's own totals stand beside the episodes' and are not added to them."""
    told = get(client, "/v1/downloads", show_id=show, source="libsyn", counting_window="host")
    assert {day["day"]: day["downloads"] for day in told["daily"]} == {"2026-03-08": 5, "2026-03-09": 6}
    assert {episode["episode_guid"]: episode["downloads"] for episode in told["episodes"]} == {"guid-11": 9, "guid-12": 2}


def test_libsyns_countries_are_an_audience(client: TestClient, show: str) -> None:
    told = get(client, "/v1/statistics/audience", show_id=show, source="libsyn", dimension="country")
    assert {row["value"] for row in told["shares"]} == {"US", "NO"}


def test_spotifys_plays_streams_listeners_and_followers_are_four_figures(client: TestClient, show: str) -> None:
    told = get(client, "/v1/statistics", show_id=show, source="spotify", episode_guid="*")
    found = {(row["metric"], row["period_end"]): row for row in told["periods"]}
    assert {key: row["value"] for key, row in found.items() if key[0] in ("play", "stream", "listener")} == {
        ("play", "2026-03-08"): 50, ("play", "2026-03-09"): 60, ("stream", "2026-03-08"): 40, ("stream", "2026-03-09"): 44,
        ("listener", "2026-03-08"): 30, ("listener", "2026-03-09"): 31,
    }  # fmt: skip
    # A level: what stands is the newest, and what it says of a day is the step.
    assert (found["follower", "2026-03-09"]["level"], found["follower", "2026-03-09"]["value"]) == (1004, 4)


def test_apples_totals_are_differenced_between_two_exports(client: TestClient, show: str) -> None:
    told = get(client, "/v1/statistics", show_id=show, source="apple", metric="play", episode_guid="guid-11")
    last = max(told["periods"], key=lambda row: row["period_end"])
    assert (last["value"], last["level"]) == (200, 1200)
    assert date.fromisoformat(last["period_end"])
