"""The oracle against the worked examples of domain rules, section 1."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from simulation.clock import parse_now
from simulation.model import Episode, Placement, Show
from simulation.oracle.ads import ad_bytes, delivers
from simulation.oracle.count import count_tenant, reject_volume
from simulation.oracle.read import Row, interval, media_key, read_log, reject
from simulation.oracle.windows import WINDOWS, judge, threshold, union

APP = "AntennaPod/3.4.0"
MONDAY = parse_now("2026-06-01T00:00:00Z")
HOUR = 3_600_000


def episode(number: int = 1, duration_s: int | None = 3_000, size: int = 48_000_000, header: int = 600_000) -> Episode:
    return Episode(f"guid-{number}", number, "Title", MONDAY, duration_s, "", size, header, "", f"cdn.example/{number}.mp3")


def show(*episodes: Episode) -> Show:
    return Show("show-1", "show", "Show", "en", "libsyn", "", "UTC", "1", 3_000, True, False, 1.0, episodes)


SHOW = show(episode())


def row(at: int = MONDAY, **changes: object) -> Row:
    base = Row(
        log_file="a.jsonl", line=0, person="p", show=SHOW, episode=SHOW.episodes[0], at=at, household="24.0.0.1", agent=APP,
        status=200, is_hls=False, first=0, last=47_999_999, file_size=48_000_000, header_bytes=600_000, rejected_by="", opens=set(),
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def test_windows_of_the_worked_example_count_as_the_rules_say() -> None:
    hours = (22, 27, 46.25, 71.25)  # Mon 22:00, Tue 03:00, Tue 22:15, Wed 23:15
    rows = [row(MONDAY + round(at * HOUR), line=number) for number, at in enumerate(hours)]
    count_tenant(rows, (SHOW,), [])
    opened = {window: [int(window in item.opens) for item in rows] for window in WINDOWS}
    assert opened == {"calendar": [1, 1, 0, 1], "first_touch": [1, 0, 1, 1], "last_touch": [1, 0, 0, 1]}


@pytest.mark.parametrize(("gap", "downloads"), [(24 * HOUR - 1, 1), (24 * HOUR, 2)])
def test_a_request_exactly_24_hours_later_starts_a_new_download(gap: int, downloads: int) -> None:
    count = count_tenant([row(), row(MONDAY + gap, line=1)], (SHOW,), [])
    assert sum(n for key, n in count.daily.items() if key[3] == "first_touch") == downloads
    assert sum(n for key, n in count.daily.items() if key[3] == "last_touch") == downloads


def test_threshold_is_the_header_and_a_minute_rounded_up() -> None:
    assert threshold(48_000_000, 600_000, 3_000) == 1_548_000
    assert threshold(48_000_001, 600_000, 3_000) == 1_548_001
    assert threshold(48_000_000, 600_000, 60) == 48_000_000
    assert threshold(48_000_000, 600_000, None) == 48_000_000
    assert threshold(None, 0, 3_000) is None


@pytest.mark.parametrize(("sent", "is_valid"), [(1_548_000, True), (1_547_999, False)])
def test_a_206_must_reach_the_threshold(sent: int, is_valid: bool) -> None:
    assert judge([row(status=206, last=sent - 1)], "first_touch").is_valid is is_valid
    assert judge([row(is_hls=True, last=sent - 1)], "first_touch").is_valid is is_valid


def test_bytes_sent_twice_count_once() -> None:
    halves = [row(status=206, last=799_999), row(MONDAY + 1, status=206, last=799_999)]
    assert not judge(halves, "first_touch").is_valid
    touching = [row(status=206, last=799_999), row(MONDAY + 1, status=206, first=800_000, last=1_547_999)]
    assert judge(touching, "first_touch").is_valid


def test_union_merges_what_touches_and_leaves_gaps() -> None:
    assert union([(0, 99), (100, 199), (150, 159), (300, 399), (0, -1)]) == ((0, 200), (300, 400))


def test_ten_requests_by_six_agents_behind_one_address_are_six_downloads() -> None:
    agents = [f"agent {number % 6}" for number in range(10)]
    rows = [row(MONDAY + number * 1_000, line=number, agent=agent) for number, agent in enumerate(agents)]
    count = count_tenant(rows, (SHOW,), [])
    assert count.daily["show-1", "guid-1", MONDAY // (24 * HOUR), "first_touch"] == 6


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("HEAD", 304, "bytes=0-1", "", "datacenter"), "method"),
        (("GET", 304, "bytes=0-1", "", "datacenter"), "status"),
        (("GET", 206, "bytes=0-1", "", "datacenter"), "probe"),
        (("GET", 200, None, "", "datacenter"), "bot"),
        (("GET", 200, None, "atc/1.0 watchOS/10.2 model/Watch6,7 hwp/t8301 build/21S364 (6; dt:249)", "vpn"), "watch"),
        (("GET", 200, None, APP, "vpn"), "datacenter"),
        (("GET", 200, None, APP, "mobile"), ""),
        (("GET", 206, "bytes=0-10", APP, "household"), ""),
    ],
)
def test_the_first_rule_that_matches_names_the_rejection(arguments: tuple[str, int, str | None, str, str], reason: str) -> None:
    assert reject(*arguments) == reason


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((None, 500, 1_000), (0, 499)),
        ((None, None, 1_000), (0, 999)),
        (("bytes=0-99", 100, 1_000), (0, 99)),
        (("bytes=0-99", 50, 1_000), (0, 49)),
        (("bytes=900-", 100, 1_000), (900, 999)),
        (("bytes=900-", None, 1_000), (900, 999)),
        (("bytes=-200", 200, 1_000), (800, 999)),
        (("bytes=-200", 50, 1_000), (800, 849)),
        (("bytes=0-9,20-29", 20, 1_000), (0, -1)),
        (("bytes=abc-", 20, 1_000), (0, -1)),
        (("bytes=-", 20, 1_000), (0, -1)),
    ],
)
def test_intervals_are_what_was_sent_and_unreadable_ranges_are_empty(
    arguments: tuple[str | None, int | None, int | None], expected: tuple[int, int]
) -> None:
    first, last = interval(*arguments)
    assert (first, last) == expected or (expected[1] < expected[0] and last < first)


@pytest.mark.parametrize(("episodes", "rejected"), [(30, 0), (31, 31)])
def test_more_than_thirty_episodes_in_a_utc_hour_reject_the_whole_hour(episodes: int, rejected: int) -> None:
    items = [episode(number) for number in range(episodes)]
    rows = [row(MONDAY + number * 60_000, episode=item, line=number) for number, item in enumerate(items)]
    rows.append(row(MONDAY + HOUR, line=99))  # the next hour is judged by itself
    reject_volume(rows)
    assert sum(item.rejected_by == "volume" for item in rows) == rejected


def test_volume_looks_at_the_household_and_not_at_the_agent() -> None:
    rows = [row(MONDAY + n * 1_000, episode=episode(n), agent=f"agent {n % 4}", line=n) for n in range(31)]
    reject_volume(rows)
    assert all(item.rejected_by == "volume" for item in rows)


def placement(insertion: str, start: int, length: int = 60) -> Placement:
    day = MONDAY // (24 * HOUR)
    return Placement("p", "c", 0, "mid_roll", insertion, start, length, day, day + 6, "cpm", 2_500, 100, None, None)


def test_an_ad_is_delivered_only_when_all_its_bytes_were_sent() -> None:
    mid = placement("dynamic", 1_500)
    start, stop = ad_bytes(mid, 48_000_000, 600_000, 3_000)
    assert (start, stop) == (24_300_000, 25_248_000)
    whole = judge([row(status=206, first=0, last=stop - 1)], "first_touch")
    short = judge([row(status=206, first=0, last=stop - 2)], "first_touch")
    assert delivers(whole, mid, SHOW)
    assert not delivers(short, mid, SHOW)


def test_an_ad_behind_the_end_of_the_file_is_never_delivered() -> None:
    assert not delivers(judge([row()], "first_touch"), placement("dynamic", 4_000), SHOW)


def test_a_baked_in_ad_needs_everything_up_to_its_end_and_outlives_its_flight() -> None:
    baked = placement("baked_in", 1_500)
    late = MONDAY + 40 * 24 * HOUR
    assert delivers(judge([row(late)], "first_touch"), baked, SHOW)
    assert not delivers(judge([row(late)], "first_touch"), placement("dynamic", 1_500), SHOW)
    holed = [row(status=206, last=999_999), row(MONDAY + 1, status=206, first=2_000_000, last=47_999_999)]
    assert judge(holed, "first_touch").is_valid
    assert not delivers(judge(holed, "first_touch"), baked, SHOW)
    assert delivers(judge(holed, "first_touch"), placement("dynamic", 1_500), SHOW)


def test_a_log_without_sizes_leaves_the_feeds_word_for_them(tmp_path: Path) -> None:
    line = {
        "requested_at": "2026-06-01T10:00:00.000Z", "ip": "24.0.0.1", "user_agent": APP, "method": "GET", "status": 200,
        "range": None, "bytes_sent": None, "url": "https://cdn.example/1.mp3", "referer": None, "file_size": None,
        "header_bytes": None, "is_hls": False,
    }  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(line) + "\nbroken\n", "utf-8")
    rows = read_log(tmp_path / "a.jsonl", "a.jsonl", SHOW, {0: "p"})
    assert [(item.first, item.last, item.file_size) for item in rows] == [(0, 47_999_999, None)]
    assert delivers(judge(rows, "first_touch"), placement("dynamic", 1_500), SHOW)


def test_a_key_is_host_and_path_in_lower_case_decoded_once() -> None:
    assert media_key("https://Media.Example/A%20b.mp3?x=1#y") == "media.example/a b.mp3"
    assert media_key("http://media.example/a%2520b.mp3") == "media.example/a%20b.mp3"
