"""A tenant's rules hold from a day on: older counts stay as they were, unless the change begins with an older day."""

import uuid
from collections.abc import Callable, Generator
from datetime import date, timedelta
from typing import Any

import pytest

OP3 = {
    "volume_episodes_per_hour": 1_000_000, "volume_episodes_per_day": 1_000_000, "rejects_datacenters": False,
    "threshold_seconds": 0, "key_has_referer": True, "counts_lone_probes": True,
}  # fmt: skip
DAYS = 4
Counts = dict[int, int]
Story = Generator[str, None, None]


def write(warehouse: Any) -> int:
    """Four days, each with one plain download and what only OP3 counts: a data centre's, a hundred bytes', a second page's."""
    tenant = warehouse.add_tenant()
    show = warehouse.add_show(tenant)
    for day in range(DAYS):
        warehouse.add_episode(tenant, show, f"e{day}")
    part = {"status": 206, "range_header": "bytes=0-99", "range_start": 0, "range_end": 99, "bytes_sent": 100}
    whole: dict[str, Any] = {
        "status": 200, "range_header": None, "range_start": None, "range_end": None, "bytes_sent": 48_000_000,
        "ip_class": "household", "referer": None,
    }  # fmt: skip
    warehouse.add_requests(
        tenant,
        [
            {**whole, "media_key": f"{show}/e{day}", "requested_at": warehouse.start + timedelta(days=day, hours=12), **one}
            for day in range(DAYS)
            for one in (
                {"household": "plain", "referer": "https://a.example/"},
                {"household": "plain", "referer": "https://b.example/"},
                {"household": "rented", "ip_class": "datacenter"},
                {"household": "curious", **part},
            )
        ],
    )
    return int(tenant)


def day_of(warehouse: Any, number: int) -> date:
    found: date = (warehouse.start + timedelta(days=number)).date()
    return found


def change(warehouse: Any, tenant: int, from_day: date, values: dict[str, Any]) -> None:
    warehouse.insert("app.counting_settings", [{"tenant_id": tenant, "from_day": from_day, **values}])


def counted(warehouse: Any, tenant: int, window: str = "calendar") -> Counts:
    return {
        (day - warehouse.start.date()).days: downloads
        for day, downloads in warehouse.rows(
            "select day, sum(downloads)::int from candidate.episode_downloads_daily "
            "where tenant_id = %s and counting_window = %s group by 1",
            tenant,
            window,
        )
    }


def same_as_full(warehouse: Any, tenant: int) -> Story:
    query = (
        "select episode_guid, day, counting_window, downloads, request_count, rejected_count "
        "from candidate.episode_downloads_daily where tenant_id = %s order by 1, 2, 3"
    )
    before = warehouse.rows(query, tenant)
    yield "full"
    assert warehouse.rows(query, tenant) == before


def a_change_leaves_the_days_before_it_as_they_were(warehouse: Any) -> Story:
    """Fails where a change counts old days again by itself, or a full build forgets which rules ruled them."""
    world = write(warehouse)
    yield "incremental"
    assert counted(warehouse, world) == {0: 1, 1: 1, 2: 1, 3: 1}
    change(warehouse, world, day_of(warehouse, 2), OP3)
    yield "incremental"
    assert counted(warehouse, world) == {0: 1, 1: 1, 2: 4, 3: 4}
    yield from same_as_full(warehouse, world)


def a_change_that_begins_with_an_old_day_counts_from_it_again(warehouse: Any) -> Story:
    world = write(warehouse)
    yield "incremental"
    change(warehouse, world, date(1, 1, 1), OP3)
    yield "incremental"
    assert counted(warehouse, world) == {0: 4, 1: 4, 2: 4, 3: 4}
    change(warehouse, world, day_of(warehouse, 1), {})
    yield "incremental"
    assert counted(warehouse, world) == {0: 4, 1: 1, 2: 1, 3: 1}, "and back to the deployment's, from the second day on"
    yield from same_as_full(warehouse, world)


def the_last_change_that_holds_on_a_day_rules_it(warehouse: Any) -> Story:
    """A later change with an earlier day takes the place of those that began after it."""
    world = write(warehouse)
    yield "incremental"
    change(warehouse, world, day_of(warehouse, 3), OP3)
    yield "incremental"
    change(warehouse, world, day_of(warehouse, 1), {"threshold_seconds": 0})
    yield "incremental"
    change(warehouse, world, day_of(warehouse, 2), {"rejects_datacenters": False})
    yield "incremental"
    assert counted(warehouse, world) == {0: 1, 1: 2, 2: 2, 3: 2}
    reasons = warehouse.rows(
        "select request_day, count(*)::int from intermediate.int_requests_judged "
        "where tenant_id = %s and rejected_by = 'datacenter' group by 1 order by 1",
        world,
    )
    assert reasons == [(day_of(warehouse, 0), 1), (day_of(warehouse, 1), 1)]
    yield from same_as_full(warehouse, world)


def one_tenants_rules_are_no_others(warehouse: Any) -> Story:
    world = write(warehouse)
    yield "incremental"
    other = warehouse.add_tenant()
    show: uuid.UUID = warehouse.add_show(other)
    warehouse.add_episode(other, show, "one")
    warehouse.add_requests(other, [{"media_key": f"{show}/one", "ip_class": "datacenter"}])
    change(warehouse, world, date(1, 1, 1), OP3)
    yield "incremental"
    assert counted(warehouse, other) == {0: 0}


STORIES = (
    a_change_leaves_the_days_before_it_as_they_were,
    a_change_that_begins_with_an_old_day_counts_from_it_again,
    the_last_change_that_holds_on_a_day_rules_it,
    one_tenants_rules_are_no_others,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_rules_hold_from_a_day_on(story: Any, told: Callable[[Any], None]) -> None:
    told(story)
