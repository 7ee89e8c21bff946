"""Lists from their publishers to a version: conditional, held where implausible, never worse for one that is broken."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.hosting.lists import load_ip_ranges, newest_agent_lists, newest_ip_ranges
from assets.lib.privacy import parse_address
from assets.lib.warehouse import connect
from assets.lists.checks import CHECKS, broken
from assets.lists.refresh import Refreshed, compose_all, ensure_lists, refresh_lists
from assets.lists.safe import SafeListError, add_safe, list_safe, remove_safe
from assets.lists.snapshots import DecisionError, decide
from assets.lists.sources import ListSource, read_sources

OPAWG = ("bots", "apps", "libraries", "browsers")
PATTERNS = {"bots": "^Harvester/", "apps": "^Player/", "libraries": "^Lib/", "browsers": "^Mozilla/"}


def aws(*networks: str) -> bytes:
    return json.dumps({"prefixes": [{"ip_prefix": text} for text in networks]}).encode()


def opawg(pattern: str, count: int = 1) -> bytes:
    entries = [{"name": f"{pattern} {at}", "pattern": pattern if at == 0 else f"^unused{at}$"} for at in range(count)]
    return json.dumps({"entries": entries}).encode()


@pytest.fixture
def sources(site: Any) -> list[ListSource]:
    return [
        *(ListSource(f"opawg_{name}", "user_agents", "opawg", f"{site.url}/{name}.json") for name in OPAWG),
        ListSource("crawlers", "user_agents", "crawlers", f"{site.url}/crawlers.json"),
        ListSource("aws", "ip_ranges", "aws", f"{site.url}/aws.json", "datacenter"),
        ListSource("relays", "ip_ranges", "lines", f"{site.url}/relays.txt", "vpn"),
    ]


@pytest.fixture
def refresh(site: Any, answer: Any, sources: list[ListSource], database_url: str) -> Callable[..., Refreshed]:
    for name in OPAWG:
        site.answers[f"/{name}.json"] = answer(opawg(PATTERNS[name]), headers={"ETag": f'"{name}"'})
    site.answers["/crawlers.json"] = answer(json.dumps([{"pattern": "^Fetcher/"}, {"pattern": "Player"}]).encode())
    site.answers["/aws.json"] = answer(aws("3.0.0.0/15", "3.5.0.0/16", "18.0.0.0/16", "52.1.0.0/16"), headers={"ETag": '"a1"'})
    site.answers["/relays.txt"] = answer(b"# relays\n45.83.1.1\n45.83.1.2\n")
    return lambda **more: refresh_lists(database_url, "test", sources, allow_private=True, is_forced=True, **more)


def newest(url: str) -> tuple[Any, Any]:
    with connect(url, "ingest") as connection:
        return newest_agent_lists(connection), newest_ip_ranges(connection)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_the_publishers_that_come_with_the_release_are_read() -> None:
    sources = read_sources()
    assert {source.list_name for source in sources} == {"user_agents", "ip_ranges"} and len(sources) > 15
    assert all(source.url.startswith("https://") for source in sources)
    assert {source.ip_class for source in sources if source.list_name == "ip_ranges"} == {"datacenter", "vpn", "mobile"}
    assert read_sources("none") == []


def test_a_version_is_composed_of_each_source_and_names_them(refresh: Callable[..., Refreshed], database_url: str) -> None:
    done = refresh()
    assert (len(done.changed), done.failures, done.held) == (7, [], [])
    agents, ranges = newest(database_url)
    assert agents.version.startswith("opawg-") and not agents.detects
    # Crawlers are tried behind apps and libraries: what opawg knows as an app is one.
    assert list(agents.rules) == [
        ("bot", "^Harvester/"), ("app", "^Player/"), ("library", "^Lib/"), ("bot", "^Fetcher/"), ("bot", "Player"),
        ("browser", "^Mozilla/"),
    ]  # fmt: skip
    classes = {text: ranges.classify(parse_address(text)) for text in ("3.1.2.3", "45.83.1.2", "45.83.1.3")}
    assert classes == {"3.1.2.3": "datacenter", "45.83.1.2": "vpn", "45.83.1.3": "household"}
    ((parts,),) = rows(database_url, "select parts from ops.lists where list_name = 'ip_ranges'")
    assert [(part["source"], part["origin"], part["entries"]) for part in parts] == [
        ("aws", "fetched", 4),
        ("relays", "fetched", 2),
    ]
    assert all(part["date"] and part["version"] for part in parts)


def test_what_did_not_change_is_not_sent_again_and_makes_no_version(
    refresh: Callable[..., Refreshed], site: Any, answer: Any, database_url: str
) -> None:
    refresh()
    before = rows(database_url, "select list_name, list_version from ops.lists order by 1")
    site.answers["/aws.json"] = lambda request: answer(status=304) if request.headers.get("if-none-match") == '"a1"' else answer()
    done = refresh()
    assert sorted(done.unchanged) == sorted(
        ["aws", "crawlers", "relays", "opawg_bots", "opawg_apps", "opawg_libraries", "opawg_browsers"]
    )
    assert [version.is_new for version in done.versions] == [False, False]
    assert rows(database_url, "select list_name, list_version from ops.lists order by 1") == before


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (b"", 500, "answered 500, expected 200"),
        (b"<html>we moved</html>", 200, "expected JSON"),
        (b'{"ranges": []}', 200, "expected a member 'prefixes'"),
    ],
)
def test_a_broken_source_keeps_its_last_document_and_says_so(
    refresh: Callable[..., Refreshed], site: Any, answer: Any, database_url: str, body: bytes, status: int, found: str
) -> None:
    refresh()
    before = newest(database_url)[1].version
    site.answers["/aws.json"] = answer(body, status=status)
    site.answers["/relays.txt"] = answer(b"45.83.1.1\n45.83.1.2\n45.83.1.9\n")
    done = refresh()
    assert [source for source, _ in done.failures] == ["aws"] and found in done.failures[0][1]
    assert done.changed == ["relays"], "the others go on"
    ranges = newest(database_url)[1]
    assert ranges.version != before and ranges.classify(parse_address("3.1.2.3")) == "datacenter"
    ((error, failures, waits),) = rows(
        database_url,
        "select last_error, consecutive_failures, next_attempt_at > now() from ops.list_sources where source_name = 'aws'",
    )
    assert found in error and (failures, waits) == (1, True)
    site.answers["/aws.json"] = answer(aws("3.0.0.0/15", "3.5.0.0/16", "18.0.0.0/16"))
    assert refresh().changed == ["aws"]
    assert rows(database_url, "select last_error from ops.list_sources where source_name = 'aws'") == [(None,)]


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/aws.json", aws("3.0.0.0/15"), "found 1 entries after 4"),
        ("/aws.json", aws(), "a publisher's list is never empty"),
        ("/aws.json", aws("3.0.0.0/15", "0.0.0.0/0", "18.0.0.0/16"), "no network wider than /8"),
        ("/aws.json", aws("3.0.0.0/15", "10.0.0.0/8", "18.0.0.0/16"), "public networks alone"),
        ("/bots.json", opawg("Core"), "takes the player AppleCoreMedia/1.0.0.21F90 for a bot"),
    ],
)
def test_an_implausible_list_is_held_until_somebody_accepts_it(
    refresh: Callable[..., Refreshed], site: Any, answer: Any, database_url: str, path: str, body: bytes, reason: str
) -> None:
    refresh()
    before = [lists.version for lists in newest(database_url)]
    site.answers[path] = answer(body)
    done = refresh()
    assert len(done.held) == 1 and reason in done.held[0][1]
    assert [lists.version for lists in newest(database_url)] == before
    assert len(refresh().held) == 1, "asked again, it is held again"
    document = done.held[0][1].partition(" ")[0].split("@")
    with connect(database_url, "ingest") as connection:
        with pytest.raises(DecisionError, match="@".join(document)):
            decide(connection, "aws", "none", "accepted", "me")
        decide(connection, document[0], document[1], "accepted", "me")
        compose_all(connection)
    assert [lists.version for lists in newest(database_url)] != before
    assert rows(database_url, "select decided_by from ops.list_snapshots where decided_by is not null") == [("me",)]


def test_a_refused_document_stays_refused(refresh: Callable[..., Refreshed], site: Any, answer: Any, database_url: str) -> None:
    refresh()
    before = newest(database_url)[1].version
    site.answers["/aws.json"] = answer(aws("3.0.0.0/15"))
    document = refresh().held[0][1].partition(" ")[0].split("@")
    with connect(database_url, "ingest") as connection:
        decide(connection, document[0], document[1], "refused", "me")
    refresh()
    assert newest(database_url)[1].version == before


def test_one_bad_entry_is_quarantined_and_the_rest_is_used(
    refresh: Callable[..., Refreshed], site: Any, answer: Any, database_url: str
) -> None:
    site.answers["/aws.json"] = answer(aws("3.0.0.0/15", "three dot zero"))
    assert refresh().failures == []
    assert newest(database_url)[1].classify(parse_address("3.1.1.1")) == "datacenter"
    assert rows(database_url, "select source, reason_code from raw.quarantine") == [("lists", "bad_list_entry")]


def test_before_anything_was_fetched_packages_and_the_dated_seed_judge(database_url: str) -> None:
    agents, ranges = newest(database_url)
    assert agents.version.startswith("crawler-user-agents-") and "device-detector-" in agents.version and agents.detects
    assert ranges.version == "seed-2026-11-21" and ranges.classify(parse_address("3.64.0.1")) == "datacenter"
    composed = {made.list_name: made for made in ensure_lists(database_url, read_sources())}
    assert composed["user_agents"].version.startswith("packaged-")
    agents, ranges = newest(database_url)
    assert agents.detects and ranges.classify(parse_address("3.64.0.1")) == "datacenter"
    ((parts,),) = rows(database_url, "select parts from ops.lists where list_name = 'ip_ranges'")
    assert {(part["source"], part["origin"], part["date"]) for part in parts} == {
        (name, "seed", "2026-11-21") for name in ("aws", "google_cloud", "digitalocean")
    }


def test_a_fetched_list_replaces_its_own_seed_and_no_other(site: Any, answer: Any, database_url: str) -> None:
    site.answers["/aws.json"] = answer(aws("99.78.0.0/16"))
    sources = [ListSource("aws", "ip_ranges", "aws", f"{site.url}/aws.json", "datacenter")]
    sources.append(ListSource("digitalocean", "ip_ranges", "geofeed", f"{site.url}/none.csv", "datacenter"))
    done = refresh_lists(database_url, "test", sources, allow_private=True)
    assert [source for source, _ in done.failures] == ["digitalocean"]
    ranges = newest(database_url)[1]
    found = [ranges.classify(parse_address(text)) for text in ("99.78.1.1", "3.64.0.1", "45.55.1.1")]
    assert found == ["datacenter", "household", "datacenter"]


def test_the_page_that_links_the_list_is_followed(site: Any, answer: Any, database_url: str) -> None:
    tags = {"values": [{"name": "AzureCloud", "properties": {"addressPrefixes": ["20.33.0.0/16"]}}, {"name": "Storage.WestEurope"}]}
    site.answers["/page"] = answer(f'<a href="{site.url}/files/Tags_20261116.json">Download</a>'.encode())
    site.answers["/files/Tags_20261116.json"] = answer(json.dumps(tags).encode())
    link = r"http://127\.0\.0\.1:\d+/files/Tags_\d{8}\.json"
    source = ListSource("azure", "ip_ranges", "azure", f"{site.url}/page", "datacenter", link)
    assert refresh_lists(database_url, "test", [source], allow_private=True).changed == ["azure"]
    assert newest(database_url)[1].classify(parse_address("20.33.1.1")) == "datacenter"
    site.answers["/page"] = answer(b"<html>another page</html>")
    assert "without a link to the list" in refresh_lists(database_url, "test", [source], allow_private=True).failures[0][1]


def test_what_somebody_imported_is_believed_before_publishers(
    refresh: Callable[..., Refreshed], database_url: str, tmp_path: Path
) -> None:
    refresh()
    path = tmp_path / "ranges.csv"
    path.write_text("network,ip_class\n3.0.0.0/15,mobile\n", "utf-8")
    load_ip_ranges(database_url, path)
    assert newest(database_url)[1].classify(parse_address("3.1.1.1")) == "mobile"
    refresh()
    assert newest(database_url)[1].classify(parse_address("3.1.1.1")) == "mobile"
    assert newest(database_url)[1].classify(parse_address("18.0.0.1")) == "datacenter"


def test_a_safe_network_is_no_data_centre_for_90_days_after_it_was_validated(
    refresh: Callable[..., Refreshed], database_url: str
) -> None:
    refresh()
    with connect(database_url, "ingest") as connection:
        add_safe(connection, "3.5.0.0/16", "the proxy of a university", "me")
        compose_all(connection)
        with pytest.raises(SafeListError, match="nothing wider than /16"):
            add_safe(connection, "3.0.0.0/8", "all of it", "me")
        with pytest.raises(SafeListError, match="found no note"):
            add_safe(connection, "3.5.0.0/16", " ", "me")
    _, ranges = newest(database_url)
    # A data centre's own range inside the safe one would be the longer match.
    assert [ranges.classify(parse_address(text)) for text in ("3.5.1.1", "3.4.1.1")] == ["corporate", "household"]
    with connect(database_url, "ingest") as connection:
        connection.execute("update ops.safe_list set validated_at = now() - interval '90 days 1 second'")
        compose_all(connection)
        assert [entry.is_stale for entry in list_safe(connection)] == [True]
    stale = newest(database_url)[1]
    assert stale.version != ranges.version and stale.classify(parse_address("3.5.1.1")) == "datacenter"
    ((parts,),) = rows(database_url, "select parts from ops.lists where list_name = 'ip_ranges' order by loaded_at desc limit 1")
    assert [part["stale_entries"] for part in parts if part["source"] == "safe_list"] == [1]
    with connect(database_url, "ingest") as connection:
        remove_safe(connection, "3.5.0.0/16")
        assert list_safe(connection) == []


def test_each_check_of_the_lists_sees_its_planted_fault_and_no_other(
    refresh: Callable[..., Refreshed], site: Any, answer: Any, database_url: str
) -> None:
    def faults(plant: str | None = None) -> set[str]:
        with connect(database_url, "ingest") as connection:
            if plant:
                connection.execute(plant)
            found = broken(connection)
            connection.rollback()
        assert found.keys() == {check.name for check in CHECKS}
        return {name for name, observed in found.items() if observed}

    site.answers["/crawlers.json"] = answer(json.dumps([{"pattern": "^curl/"}]).encode())
    refresh()
    assert faults() == set()
    assert faults("update ops.user_agent_patterns set agent_pattern = 'Core' where list_kind = 'bot'") == {"players_are_no_bots"}
    assert faults("delete from ops.user_agent_patterns where agent_pattern = '^curl/'") == {"known_bots_are_bots"}
    assert faults("update ops.ip_ranges set network = '203.0.113.0/24' where network = '18.0.0.0/16'") == {
        "ranges_do_not_hold_everybody"
    }
    assert faults("update ops.list_sources set last_success_at = now() - interval '8 days' where source_name = 'aws'") == {
        "publishers_were_read_within_a_week"
    }
    assert faults("update ops.list_snapshots set status = 'held', held_reason = 'shrunk' where source_name = 'aws'") >= {
        "no_document_is_held"
    }
    assert faults(
        "insert into ops.safe_list (network, note, validated_by, validated_at) "
        "values ('198.51.100.0/24', 'a proxy', 'me', now() - interval '91 days')"
    ) == {"safe_networks_were_validated_within_90_days"}
