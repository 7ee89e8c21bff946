"""The simulated hosts over real HTTP: conditional GET, the API's token, the episode that appears later."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from simulation import make_world, start_server
from simulation.server import find_feed


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_world("tiny", 5, "2026-08-01T12:00:00Z", tmp_path_factory.mktemp("world") / "tiny-5")


@pytest.fixture(scope="module")
def port(world: Path) -> Iterator[int]:
    server = start_server(world)
    yield server.server_port
    server.shutdown()
    server.server_close()


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


def feed_path(world: Path, show: int = 0) -> str:
    tenant = json.loads((world / "app.json").read_text("utf-8"))["tenants"][0]
    return "/" + str(tenant["shows"][show]["feed_url"]).split("/", 3)[3]


def test_an_unchanged_feed_is_304_by_tag_and_by_date(port: int, world: Path) -> None:
    path = feed_path(world)
    status, headers, body = get(port, path)
    assert (status, headers["content-type"]) == (200, "application/rss+xml; charset=utf-8")
    assert body.startswith(b"<?xml")
    assert get(port, path, {"If-None-Match": headers["etag"]})[0] == 304
    assert get(port, path, {"If-Modified-Since": headers["last-modified"]})[0] == 304
    # The tag outranks the date (RFC 9110, 13.1.3).
    assert get(port, path, {"If-None-Match": '"other"', "If-Modified-Since": headers["last-modified"]})[0] == 200


def test_the_api_wants_its_token_an_agent_and_a_date(port: int, world: Path) -> None:
    account = json.loads((world / "app.json").read_text("utf-8"))["tenants"][0]["hosting_accounts"][0]
    podcast, good = account["external_show_id"], {"Authorization": f"Token token={account['credential']}", "User-Agent": "test"}
    assert get(port, f"/api/{podcast}/episodes.json", {"User-Agent": "test"})[0] == 401
    assert get(port, f"/api/{podcast}/episodes.json", {"Authorization": good["Authorization"]})[0] == 403
    assert get(port, f"/api/{podcast}/downloads", good)[0] == 422
    status, headers, body = get(port, f"/api/{podcast}/episodes.json", good)
    assert status == 200
    assert get(port, f"/api/{podcast}/episodes.json", good | {"If-None-Match": headers["etag"]})[0] == 304
    episode = next(item for item in json.loads(body) if item["total_plays"])
    document = json.loads((world / "hosting" / f"{podcast}.json").read_text("utf-8"))
    day = next(day for day, totals in document["downloads"].items() if str(episode["id"]) in totals)
    _, _, page = get(port, f"/api/{podcast}/{episode['id']}/downloads?date={day}&per_page=1", good)
    assert len(json.loads(page)["episodes"][0]["downloads"]) == 1
    assert json.loads(get(port, f"/api/{podcast}/downloads?date={day}", good)[2])


def test_the_hosts_count_lies_within_five_percent_of_the_certified_one(world: Path) -> None:
    import csv

    with (world / "truth" / "downloads_daily.csv").open(encoding="utf-8", newline="") as file:
        daily = list(csv.DictReader(file))
    for path in (world / "hosting").glob("*.json"):
        document = json.loads(path.read_text("utf-8"))
        guids = {episode["guid"] for episode in document["episodes"]}
        counted = sum(int(row["downloads"]) for row in daily if row["window"] == "first_touch" and row["episode_guid"] in guids)
        said = sum(sum(totals.values()) for totals in document["downloads"].values())
        assert said != counted and abs(said - counted) / counted < 0.05


def test_a_new_episode_appears_while_it_is_served(world: Path) -> None:
    server = start_server(world, live=True, live_after=0.0)
    try:
        _, headers, body = get(server.server_port, feed_path(world))
        assert body.count(b"<item>") == (world / feed_path(world).lstrip("/")).read_bytes().count(b"<item>") + 1
        assert get(server.server_port, feed_path(world), {"If-None-Match": headers["etag"]})[0] == 304
        # Only one show of the tenant has news.
        other = feed_path(world, 1)
        assert get(server.server_port, other)[2] == (world / other.lstrip("/")).read_bytes()
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "path", ["/feeds/../app.json", "/feeds/harbor/../../app.json", "/feeds/.harbor/x.xml", "/feeds/harbor/none.xml"]
)
def test_no_path_leads_out_of_the_feeds(world: Path, path: str) -> None:
    assert find_feed(world, path, is_late=False) is None


def test_a_folder_without_a_world_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"found no world in .*expected world\.json"):
        start_server(tmp_path)
