"""Golden cases of the domain rules, section 1: each is a tenant of its own, all are built once, each is asked for its count."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

REQUESTS = dict[str, Any]
WINDOWS = ("calendar", "first_touch", "last_touch")


def at(clock: str, day: int = 0) -> datetime:
    """A time on the `day`-th day of the Monday that the golden cases begin on, UTC."""
    hours, minutes = clock.split(":")
    return datetime.fromisoformat("2026-03-02T00:00:00+00:00") + timedelta(days=day, hours=int(hours), minutes=int(minutes))


def ranged(start: int, end: int | None, sent: int | None, **more: Any) -> REQUESTS:
    header = f"bytes={start}-{'' if end is None else end}"
    return {"status": 206, "range_header": header, "range_start": start, "range_end": end, "bytes_sent": sent, **more}


# name -> (requests, valid downloads in calendar, first_touch, last_touch)
CASES: dict[str, tuple[list[REQUESTS], tuple[int, int, int]]] = {
    "the example of four requests": (
        [{"requested_at": t} for t in (at("22:00"), at("03:00", 1), at("22:15", 1), at("23:15", 2))],
        (3, 3, 2),
    ),
    "exactly 24 h later is a new download": ([{"requested_at": at("10:00")}, {"requested_at": at("10:00", 1)}], (2, 2, 2)),
    "a second short of 24 h is not": (
        [{"requested_at": at("10:00")}, {"requested_at": at("10:00", 1) - timedelta(seconds=1)}],
        (2, 1, 1),
    ),
    "first_touch chains from opening to opening": (
        # Every 10 h for 50 h: opened at 0, at 30 (not 20), at 60: the chain skips what lies inside.
        [{"requested_at": at("00:00") + timedelta(hours=10 * n)} for n in range(7)],
        (3, 3, 1),
    ),
    "one byte under the threshold": ([ranged(0, 1_547_998, 1_547_999)], (0, 0, 0)),
    "the threshold itself": ([ranged(0, 1_547_999, 1_548_000)], (1, 1, 1)),
    "a client that hung up is cut to what was sent": ([ranged(0, None, 1_547_999)], (0, 0, 0)),
    "overlapping ranges are a union, never a sum": ([ranged(0, 999_999, 1_000_000), ranged(0, 999_999, 1_000_000)], (0, 0, 0)),
    "ranges that touch are one interval": ([ranged(0, 773_999, 774_000), ranged(774_000, 1_547_999, 774_000)], (1, 1, 1)),
    "ranges with a hole do not fill it": ([ranged(0, 773_999, 774_000), ranged(774_001, 1_547_999, 773_999)], (0, 0, 0)),
    "a suffix range is the end of the file": (
        [{"status": 206, "range_header": "bytes=-1548000", "bytes_sent": 1_548_000}],
        (1, 1, 1),
    ),
    "several ranges in one header prove nothing": (
        [{"status": 206, "range_header": "bytes=0-1,5-9000000", "bytes_sent": 9_000_000}],
        (0, 0, 0),
    ),
    "a plain 200 is valid however little was sent": ([{"bytes_sent": 10}], (1, 1, 1)),
    "a 200 under HLS must meet the threshold": ([{"is_hls": True, "bytes_sent": 1_547_999}], (0, 0, 0)),
    "a 200 under HLS that meets it": ([{"is_hls": True, "bytes_sent": 1_548_000}], (1, 1, 1)),
    "six agents behind one address are six": (
        [{"user_agent": f"App/{n % 6}", "requested_at": at("10:00") + timedelta(minutes=n)} for n in range(10)],
        (6, 6, 6),
    ),
    "a range split over midnight is two halves by the calendar": (
        [ranged(0, 773_999, 774_000, requested_at=at("23:59")), ranged(774_000, 1_547_999, 774_000, requested_at=at("00:01", 1))],
        (0, 1, 1),
    ),
    "an unknown size takes the feed's": ([ranged(0, 1_547_999, 1_548_000, file_size=None)], (1, 1, 1)),
    "an open range with nothing known of what was sent runs to the end": ([ranged(0, None, None)], (1, 1, 1)),
    "nothing": ([], (0, 0, 0)),
}


@pytest.fixture(scope="module")
def counted(warehouse: Any) -> Callable[[str], tuple[int, int, int]]:
    """Valid downloads by window of a case, after one build of all cases."""
    tenants = {}
    for name, (requests, _) in CASES.items():
        tenants[name] = tenant_id = warehouse.add_tenant()
        show_id = warehouse.add_show(tenant_id)
        warehouse.add_episode(tenant_id, show_id, "one")
        warehouse.add_requests(tenant_id, [{"media_key": f"{show_id}/one", **request} for request in requests])
    warehouse.build()
    found = {
        (tenant, window): downloads
        for tenant, window, downloads in warehouse.rows(
            "select tenant_id, counting_window, sum(downloads)::int from candidate.episode_downloads_daily group by 1, 2"
        )
    }
    return lambda name: tuple(found.get((tenants[name], window), 0) for window in WINDOWS)  # type: ignore[return-value]


@pytest.mark.parametrize("name", CASES)
def test_a_golden_case_counts_as_the_rules_say(name: str, counted: Callable[[str], tuple[int, int, int]]) -> None:
    assert counted(name) == CASES[name][1]
