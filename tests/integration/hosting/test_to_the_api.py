"""Each host from an empty database and its documented answers to the marts and the API: one build, five hosts."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings
from assets.hosting.pacing import POLICY
from assets.hosting.statistics import pull_hosting
from assets.lib.warehouse import WarehouseUrl
from orchestration.build import begin_build
from orchestration.dbt_command import run_arguments, run_dbt, selection_arguments
from orchestration.mart_tables import apply_marts, read_marts

SECRET = "s" * 32
TODAY = date(2026, 3, 10)
COUNTS = {date(2026, 3, 8): {"11": 3, "12": 2}, date(2026, 3, 9): {"11": 5}, date(2026, 2, 20): {"12": 4}}
MARTS = ("episode_downloads_daily", "episode_statistics_daily", "episode_audience_daily")
HOSTS = ["buzzsprout", "op3", "podbean", "simplecast", "transistor"]


@pytest.fixture(scope="module")
def database(server_url: str, template_url: str) -> Iterator[str]:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("create database hosting_api template template_hostread")
        yield f"{server_url.rsplit('/', 1)[0]}/hosting_api"
        connection.execute("drop database hosting_api with (force)")


@pytest.fixture(scope="module")
def client(database: str) -> Iterator[TestClient]:
    settings = ApiSettings(database_url=database, secret_key=SECRET, registration_rate="1000/minute", log_level="ERROR")
    with TestClient(create_app(settings), base_url="http://testserver") as made:
        yield made


@pytest.fixture(scope="module")
def built(
    database: str, client: TestClient, documented: Any, serve_all: Callable[[Any], Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Accounts entered by the API, answers pulled on two days, one build; the ids by host, and what the API answered."""
    owner = {"email": "owner@net.example.com", "password": "correct horse battery", "organisation": "Net", "currency": "USD"}
    client.headers["Authorization"] = f"Bearer {client.post('/v1/users', json=owner).json()['api_key']['key']}"
    show = client.post("/v1/shows", json={"title": "Show", "feed_url": "https://f.example/x.xml", "timezone": "UTC"}).json()[
        "show_id"
    ]
    with psycopg.connect(database) as connection:
        for key in ("11", "12"):
            connection.execute(
                "insert into raw.feeds_items (tenant_id, show_id, episode_guid, content_sha256, title, media_key, payload, "
                "fetched_at, run_id) select tenant_id, show_id, %s, sha256(%s), %s, %s, '{}', now(), 'test' from app.shows",
                [f"guid-{key}", key.encode(), f"Episode {key}", documented.FILES[key]],
            )
    hosts = {name: documented.HOSTS[name]() for name in HOSTS}
    answers = {}
    for name, host in hosts.items():
        host.counts = {day: dict(counts) for day, counts in COUNTS.items()}
        serve_all(host)
        entry = {
            "show_id": show, "host": name, "external_show_id": host.show, "credential": host.credential, "base_url": host.base_url,
        }  # fmt: skip
        answers[name] = client.post("/v1/hosting-accounts", json=entry)
    warehouse = WarehouseUrl(database, SECRET, True)
    first = pull_hosting(warehouse, "one", today=TODAY, policy=POLICY)
    # The next day the counters have risen, and Buzzsprout's fell.
    for name, host in hosts.items():
        host.counts[TODAY] = {"11": 7}
        if name == "buzzsprout":
            host.counts[date(2026, 2, 20)] = {"12": 1}
    second = pull_hosting(warehouse, "two", today=TODAY + timedelta(days=1), policy=POLICY, is_forced=True)
    assert (first.failed, second.failed) == (0, 0), (first.failures, second.failures)
    publish(database, tmp_path_factory.mktemp("dbt") / "target")
    return {"show": show, "hosts": hosts, "answers": answers}


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


@pytest.mark.parametrize("name", HOSTS)
def test_a_hosts_downloads_are_in_the_mart_and_the_api_by_the_feeds_guid(name: str, client: TestClient, built: Any) -> None:
    told = get(client, "/v1/downloads", show_id=built["show"], source=name, counting_window="host")
    last = 1 if name == "buzzsprout" else 4
    assert {day["day"]: day["downloads"] for day in told["daily"]} == {
        "2026-02-20": last, "2026-03-08": 5, "2026-03-09": 5, "2026-03-10": 7,
    }  # fmt: skip
    assert {episode["episode_guid"]: episode["downloads"] for episode in told["episodes"]} == {"guid-11": 15, "guid-12": 2 + last}
    assert {episode["title"] for episode in told["episodes"]} == {"Episode 11", "Episode 12"}


@pytest.mark.parametrize("name", ["buzzsprout", "op3", "simplecast"])
def test_a_counter_of_all_time_is_differenced_and_its_fall_is_flagged(name: str, client: TestClient, built: Any) -> None:
    told = get(client, "/v1/statistics", show_id=built["show"], source=name)
    totals = {row["episode_guid"]: row for row in told["totals"] if row["grain"] == "all_time"}
    # 8 then 15; 6 then 6, of Buzzsprout 3.
    assert (totals["guid-11"]["value"], totals["guid-11"]["level"], totals["guid-11"]["negative_steps"]) == (7, 15, 0)
    fell = (-3, 3, 1) if name == "buzzsprout" else (0, 6, 0)
    assert (totals["guid-12"]["value"], totals["guid-12"]["level"], totals["guid-12"]["negative_steps"]) == fell
    periods = [row for row in told["periods"] if row["grain"] == "all_time"]
    assert [(row["period_end"], row["level"], row["negative_steps"]) for row in periods] == [
        ("2026-03-10", 14, 0), ("2026-03-11", 18 if name == "buzzsprout" else 21, int(name == "buzzsprout")),
    ]  # fmt: skip


def test_listeners_are_told_by_episode_and_never_summed(client: TestClient, built: Any) -> None:
    told = get(client, "/v1/statistics", show_id=built["show"], source="op3", metric="listener")
    assert all(row["value"] is None for row in told["periods"] + told["totals"])
    one = get(client, "/v1/statistics", show_id=built["show"], source="op3", metric="listener", episode_guid="guid-11")
    assert {row["period_end"]: row["value"] for row in one["periods"]}["2026-03-08"] == 2


def test_an_audience_is_told_by_one_dimension_at_a_time(client: TestClient, built: Any) -> None:
    told = get(client, "/v1/statistics/audience", show_id=built["show"], source="podbean", dimension="country")
    assert told["dimensions"] == ["country", "region"]
    assert told["shares"] == [{"value": "US", "count": 21, "share": 1.0}]
    apps = get(
        client, "/v1/statistics/audience", show_id=built["show"], source="buzzsprout", dimension="app", first_day="2026-03-08"
    )
    assert sum(row["count"] for row in apps["shares"]) == 17


def test_figures_of_all_sources_stand_side_by_side(client: TestClient, built: Any) -> None:
    told = get(client, "/v1/statistics", show_id=built["show"], metric="download", first_day="2026-03-09", last_day="2026-03-09")
    assert {(row["source"], row["value"]) for row in told["periods"] if row["grain"] == "day"} == {(name, 5) for name in HOSTS}
    assert {row["source"]: row["timezone"] for row in told["periods"]} == dict.fromkeys(HOSTS, "UTC")


def test_an_unknown_source_is_named_with_those_there_are(client: TestClient, built: Any) -> None:
    for path in ("/v1/statistics", "/v1/downloads", "/v1/statistics/audience"):
        answer = client.get(path, params={"show_id": built["show"], "source": "nowhere"})
        assert answer.status_code == 422, answer.text
        assert "expected one of apple, buzzsprout" in answer.json()["detail"]
    sources = {row["source"]: row for row in get(client, "/v1/sources")["items"]}
    assert sources["transistor"]["kind"] == "api" and sources["transistor"]["last_success_at"] is not None
    assert sources["logs"]["kind"] == "counted" and sources["logs"]["last_success_at"] is None


def test_a_credential_goes_in_and_never_comes_out(client: TestClient, built: Any, database: str) -> None:
    everything = [answer.text for answer in built["answers"].values()] + [client.get("/v1/hosting-accounts").text]
    assert all(answer.status_code == 201 for answer in built["answers"].values()), everything
    with psycopg.connect(database) as connection:
        everything += [str(row) for row in connection.execute("select a::text from app.audit_log as a").fetchall()]
    for host in built["hosts"].values():
        for secret in {host.credential, *host.credential.split(":")}:
            assert not any(secret in text for text in everything)
    listed = get(client, "/v1/hosting-accounts")["items"]
    assert {row["host"] for row in listed} == set(HOSTS) and all(row["last_success_at"] and not row["last_error"] for row in listed)


def test_an_entry_that_cannot_be_is_refused_without_its_credential(client: TestClient, built: Any) -> None:
    entry = {"show_id": built["show"], "host": "podbean", "external_show_id": "1", "credential": "sekret-without-colon"}
    for change, status in (
        ({}, 422), ({"host": "libsyn"}, 422), ({"base_url": "https://me:sekret@x.example"}, 422),
        ({"external_show_id": "a b"}, 422),
        ({"host": "transistor", "external_show_id": "99"}, 409), ({"show_id": "0b8f6c1e-6a53-4d57-9b7e-6f3f3a3a1f10"}, 404),
    ):  # fmt: skip
        answer = client.post("/v1/hosting-accounts", json=entry | change)
        assert answer.status_code == status, answer.text
        assert "sekret" not in answer.text


def test_a_changed_credential_is_tried_at_once_and_an_account_switched_off_is_not(
    client: TestClient, built: Any, database: str
) -> None:
    account = next(row for row in get(client, "/v1/hosting-accounts")["items"] if row["host"] == "transistor")
    path = f"/v1/hosting-accounts/{account['account_id']}"
    warehouse = WarehouseUrl(database, SECRET, True)
    assert client.patch(path, json={"credential": "wrong-sekret"}).status_code == 200
    assert pull_hosting(warehouse, "three", today=TODAY).failed == 1
    failed = get(client, path)
    assert "check the account's credential" in failed["last_error"] and failed["next_attempt_at"]
    assert client.patch(path, json={"credential": built["hosts"]["transistor"].credential}).status_code == 200
    assert pull_hosting(warehouse, "four", today=TODAY).failed == 0
    assert get(client, path)["last_error"] is None
    assert client.patch(path, json={"is_active": False}).json()["is_active"] is False
    assert pull_hosting(warehouse, "five", today=TODAY, is_forced=True).accounts == len(HOSTS) - 1
    again = {
        "show_id": built["show"], "host": "transistor", "external_show_id": "99", "base_url": account["base_url"],
        "credential": built["hosts"]["transistor"].credential,
    }  # fmt: skip
    assert client.post("/v1/hosting-accounts", json=again).json()["account_id"] == account["account_id"]
