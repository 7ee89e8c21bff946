"""The files of a world: the same bytes for the same seed, and nothing that points nowhere."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulation import make_world
from simulation.addresses import classify, household_key
from simulation.clock import parse_now
from simulation.specs import tenant_specs

Truth = Callable[[Path, str], list[dict[str, Any]]]


def digests(world: Path) -> dict[str, str]:
    """Each file's digest; the world's own folder, which log paths name, is left out of the bytes."""
    return {
        str(path.relative_to(world)): hashlib.sha256(path.read_bytes().replace(str(world).encode(), b"")).hexdigest()
        for path in sorted(world.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tiny: Path, tmp_path: Path) -> None:
    # Made by two processes, to the same bytes.
    again = make_world("tiny", 7, "2026-08-01T12:00:00+00:00", tmp_path / "again", "http://127.0.0.1:8803/", processes=2)
    assert digests(again) == digests(tiny)
    other = make_world("tiny", 8, "2026-08-01T12:00:00Z", tmp_path / "other")
    assert digests(other)["events.jsonl"] != digests(tiny)["events.jsonl"]


def test_unknown_names_and_instants_are_refused_with_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found the world 'huge', expected one of tiny, demo, large, score"):
        make_world("huge", 1, "2026-08-01", tmp_path / "x")
    with pytest.raises(ValueError, match="found the instant 'soon'"):
        make_world("tiny", 1, "soon", tmp_path / "x")


def test_large_is_a_hundred_tenants_and_ten_million_requests() -> None:
    specs = tenant_specs("large")
    assert len({spec.slug for spec in specs.values()}) == 100
    assert sum(spec.requests for spec in specs.values()) == 10_000_000


def test_some_tenants_of_large_are_as_they_are_among_all(monkeypatch: pytest.MonkeyPatch) -> None:
    everyone = tenant_specs("large")
    for chosen, numbers in (("3", range(3)), ("20:30", range(20, 30))):
        monkeypatch.setenv("HOSTREAD_LARGE_TENANTS", chosen)
        assert tenant_specs("large") == {number: everyone[number] for number in numbers}


def test_logs_hold_what_the_truth_says_line_by_line(tiny: Path, truth: Truth) -> None:
    requests = truth(tiny, "requests")
    broken = [row for row in truth(tiny, "quarantined") if row["source"] == "logs"]
    known = Counter(row["log_file"] for row in requests) + Counter(row["file"] for row in broken)
    files = {f"{path.parent.name}/{path.name}": len(path.read_text("utf-8").splitlines()) for path in tiny.glob("logs/*/*.jsonl")}
    assert known == Counter(files)
    assert len({(row["log_file"], row["line"]) for row in requests}) == len(requests)


def test_every_rejection_and_every_window_occurs(tiny: Path, truth: Truth) -> None:
    requests = truth(tiny, "requests")
    reasons = {row["rejected_by"] for row in requests}
    assert reasons >= {"", "method", "status", "probe", "bot", "watch", "datacenter", "volume", "unknown_episode"}
    counted = [Counter(row[f"countable_{window}"] for row in requests)["1"] for window in ("calendar", "first_touch", "last_touch")]
    # The three windows tell different stories, or a test of them proves nothing.
    assert len(set(counted)) == 3
    assert all(row["rejected_by"] == "" for row in requests if row["countable_first_touch"] == "1")


def test_daily_sums_are_the_requests_that_open_a_download(tiny: Path, truth: Truth) -> None:
    requests, daily = truth(tiny, "requests"), truth(tiny, "downloads_daily")
    for window in ("calendar", "first_touch", "last_touch"):
        opened = sum(int(row[f"countable_{window}"]) for row in requests)
        assert sum(int(row["downloads"]) for row in daily if row["window"] == window) == opened


def test_people_are_not_households_and_households_move(network: Path) -> None:
    addresses: dict[str, set[str]] = {}
    for path in network.glob("logs/*/*.jsonl"):
        for text in path.read_text("utf-8").splitlines():
            if text.startswith('{"requested_at":"'):
                ip = json.loads(text)["ip"]
                addresses.setdefault(household_key(ip), set()).add(ip)
    assert any(len(seen) > 5 for key, seen in addresses.items() if ":" in min(seen))
    assert {classify(min(seen)) for seen in addresses.values()} == {"household", "mobile", "corporate", "datacenter", "vpn"}


def test_everything_in_the_app_file_points_at_something(tiny: Path) -> None:
    ids: set[str] = set()
    for tenant in json.loads((tiny / "app.json").read_text("utf-8"))["tenants"]:
        shows = {show["show_id"] for show in tenant["shows"]}
        sponsors = {sponsor["sponsor_id"] for sponsor in tenant["sponsors"]}
        users = {user["user_id"] for user in tenant["users"]}
        campaigns = {campaign["campaign_id"] for campaign in tenant["campaigns"]}
        assert all(Path(source["path"]).is_file() for source in tenant["log_sources"])
        assert {site["sponsor_id"] for site in tenant["sites"]} == sponsors
        for campaign in tenant["campaigns"]:
            assert campaign["sponsor_id"] in sponsors and campaign["created_by"] in users
            assert campaign["status_history"][-1]["to_status"] == campaign["status"]
            assert all(item["show_id"] in shows for item in campaign["placements"] + campaign["promo_codes"])
        assert {event["campaign_id"] for event in tenant["product_events"]} <= campaigns | {None}
        assert {event["user_id"] for event in tenant["product_events"]} <= users | {None}
        # One set of columns a table: the loader reads the union of them.
        for table in ("users", "campaigns", "product_events", "sites"):
            assert len({tuple(sorted(row)) for row in tenant[table]}) == 1
        new = (
            [event["event_id"] for event in tenant["product_events"]] + list(shows) + list(sponsors) + list(users) + list(campaigns)
        )
        assert not ids & set(new) and len(set(new)) == len(new)
        ids |= set(new)


def test_the_demo_login_is_the_first_tenants_owner(tiny: Path) -> None:
    user = json.loads((tiny / "app.json").read_text("utf-8"))["tenants"][0]["users"][0]
    assert (user["email"], user["password"], user["role"]) == ("demo@hostread.example", "demo-hostread", "owner")


@pytest.mark.parametrize("seed", [7, 11, 12])
def test_whatever_the_seed_a_campaign_is_on_air_with_a_code_and_a_link(seed: int, tiny: Path, tmp_path: Path) -> None:
    world = tiny if seed == 7 else make_world("tiny", seed, "2026-08-01T12:00:00Z", tmp_path / "w")
    for tenant in json.loads((world / "app.json").read_text("utf-8"))["tenants"]:
        on_air = [
            campaign
            for campaign in tenant["campaigns"]
            if campaign["status"] == "active" and campaign["flight_start"] <= "2026-08-01" <= campaign["flight_end"]
        ]
        assert on_air and all(campaign["placements"] and campaign["promo_codes"] for campaign in on_air)


def test_completed_campaigns_have_ended_and_have_a_final_report(network: Path) -> None:
    tenant = json.loads((network / "app.json").read_text("utf-8"))["tenants"][0]
    finals = {
        e["campaign_id"] for e in tenant["product_events"] if e["event_name"] == "report.generated" and e["properties"]["is_final"]
    }
    completed = [campaign for campaign in tenant["campaigns"] if campaign["status"] == "completed"]
    assert completed and {campaign["campaign_id"] for campaign in completed} == finals
    assert all(campaign["flight_end"] < "2026-08-01" for campaign in completed)
    assert {"draft", "active", "completed", "cancelled"} <= {campaign["status"] for campaign in tenant["campaigns"]}


def test_messages_are_the_distinct_valid_ones_of_the_delivery(tiny: Path, truth: Truth) -> None:
    lines = [json.loads(text) for text in (tiny / "events.jsonl").read_text("utf-8").splitlines()]
    sent = Counter((line["write_key"], line["body"]["messageId"]) for line in lines)
    invalid = {(row["write_key"], row["message_id"]) for row in truth(tiny, "quarantined") if row["source"] == "events"}
    lost = {(row["write_key"], row["message_id"]) for row in truth(tiny, "lost")}
    messages = [(row["write_key"], row["message_id"]) for row in truth(tiny, "messages")]
    assert len(messages) == len(set(messages))
    assert set(messages) == set(sent) - invalid
    assert invalid <= set(sent) and not lost & set(sent) and lost
    assert max(sent.values()) > 1, "no duplicate was sent"
    assert all(len(message) <= 100 for _, message in messages)


def test_no_event_comes_from_the_future(tiny: Path) -> None:
    now = parse_now("2026-08-01T12:00:00Z")
    for text in (tiny / "events.jsonl").read_text("utf-8").splitlines():
        line = json.loads(text)
        assert parse_now(line["body"]["timestamp"]) - line["clock_skew_ms"] <= now
