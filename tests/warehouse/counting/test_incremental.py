"""An incremental build gives the rows of a full one, whatever came late, was named anew or was corrected since."""

import random
import uuid
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import pytest

Story = Generator[str, None, None]
Snapshot = dict[str, list[tuple[Any, ...]]]
TABLES = (
    "intermediate.int_requests_judged",
    "intermediate.int_windows_counted",
    "intermediate.int_downloads_counted",
    "intermediate.int_downloads_daily",
    "intermediate.int_ads_delivered",
    "candidate.episode_downloads_daily",
)


def snapshot(warehouse: Any, tenant: int) -> Snapshot:
    query = "select to_jsonb(t)::text from {} as t where tenant_id = %s"
    return {table: sorted(warehouse.rows(query.format(table), tenant)) for table in TABLES}


def same_as_full(warehouse: Any, tenant: int) -> Story:
    before = snapshot(warehouse, tenant)
    yield "full"
    after = snapshot(warehouse, tenant)
    assert before["intermediate.int_requests_judged"]
    for table in TABLES:
        missing, surplus = set(after[table]) - set(before[table]), set(before[table]) - set(after[table])
        assert (missing, surplus) == (set(), set()), f"{table}: incremental lacks {missing}, has beside {surplus}"
        assert before[table] == after[table], f"{table} holds a row twice"


def each_kind_of_later_change_is_counted_as_if_it_had_been_there_from_the_start(warehouse: Any) -> Story:
    tenant = warehouse.add_tenant()
    show = warehouse.add_show(tenant)
    start = warehouse.start
    for number in range(40):
        warehouse.add_episode(tenant, show, f"e{number}")
    warehouse.add_placement(tenant, show, "dynamic", 60, 60)

    def ask(household: str, guid: str, hours: float, **more: Any) -> None:
        warehouse.add_requests(
            tenant,
            [{"household": household, "media_key": f"{show}/{guid}", "requested_at": start + timedelta(hours=hours), **more}],
        )

    def downloads(household_agent: str = "%") -> dict[str, int]:
        return dict(
            warehouse.rows(
                "select counting_window, count(*)::int from intermediate.int_downloads_counted where tenant_id = %s and is_valid "
                "and user_agent like %s group by 1",
                tenant,
                household_agent,
            )
        )

    ask("home", "e1", 22, user_agent="Late/1")
    ask("home", "e1", 46.25, user_agent="Late/1")
    for number in range(30):
        ask("scraper", f"e{number}", 5 + number / 100, user_agent="Scraper/1")
    ask("home", "unknown", 3, user_agent="Unknown/1", media_key="elsewhere/file.mp3")
    partial = {"status": 206, "range_header": "bytes=0-1547999", "range_start": 0, "range_end": 1_547_999, "bytes_sent": 1_548_000}
    ask("home", "e2", 4, user_agent="Partial/1", **partial)
    yield "incremental"
    assert downloads("Late/1") == {"calendar": 2, "first_touch": 2, "last_touch": 2}
    assert downloads("Scraper/1") == dict.fromkeys(("calendar", "first_touch", "last_touch"), 30)
    assert downloads("Unknown/1") == {}
    assert downloads("Partial/1") == dict.fromkeys(("calendar", "first_touch", "last_touch"), 1)

    # A late request joins two visits to one, and another makes an hour implausible, so that its 30 downloads go.
    ask("home", "e1", 27, user_agent="Late/1")
    ask("scraper", "e30", 5.9, user_agent="Scraper/1")
    # The feed names a file that was asked for before, and corrects a duration: the threshold rises to 3,660,000 bytes.
    warehouse.add_episode(tenant, show, "new", media_key="elsewhere/file.mp3")
    warehouse.add_episode(tenant, show, "e2", duration_s=1_000, fetched_at=start + timedelta(days=1))
    yield "incremental"
    assert downloads("Late/1") == {"calendar": 2, "first_touch": 2, "last_touch": 1}
    assert downloads("Scraper/1") == {}
    assert downloads("Unknown/1") == dict.fromkeys(("calendar", "first_touch", "last_touch"), 1)
    assert downloads("Partial/1") == {}

    # A file moves from one episode to another: the first one's downloads go with it.
    warehouse.add_episode(tenant, show, "new", media_key="elsewhere/file-2.mp3", fetched_at=start + timedelta(days=1))
    warehouse.add_episode(tenant, show, "newer", media_key="elsewhere/file.mp3", fetched_at=start + timedelta(days=1))
    yield "incremental"
    owners = warehouse.rows(
        "select distinct episode_guid from intermediate.int_downloads_counted where tenant_id = %s and user_agent = 'Unknown/1'",
        tenant,
    )
    assert owners == [("newer",)]
    yield from same_as_full(warehouse, tenant)


def a_build_that_was_not_published_is_built_again(warehouse: Any) -> Story:
    tenant = warehouse.add_tenant()
    show = warehouse.add_show(tenant)
    warehouse.add_episode(tenant, show, "one")
    warehouse.add_requests(tenant, [{"media_key": f"{show}/one"}])
    yield "unpublished"
    warehouse.add_requests(tenant, [{"media_key": f"{show}/one", "requested_at": warehouse.start + timedelta(days=3)}])
    yield "incremental"
    yield from same_as_full(warehouse, tenant)


def batches_in_any_order_add_up_to_a_full_build(warehouse: Any, seed: int) -> Story:
    """Five batches of requests, with the feed's versions and placements coming in between, against one build of all."""
    chance = random.Random(seed)  # noqa: S311
    tenant = warehouse.add_tenant()
    show = warehouse.add_show(tenant)
    for batch in range(5):
        for number in chance.sample(range(45), 25):
            warehouse.add_episode(
                tenant, show, f"e{number}", duration_s=chance.choice([30, 900, 3_000, None]),
                media_key=f"{show}/file-{chance.choice([number, number, 44])}", fetched_at=warehouse.start + timedelta(hours=batch),
                published_at=warehouse.start + timedelta(days=chance.randrange(3)),
            )  # fmt: skip
        warehouse.add_placement(tenant, show, chance.choice(["dynamic", "baked_in"]), chance.choice([0, 400, 2_990]), 60)
        warehouse.add_requests(tenant, [random_request(warehouse, chance, show) for _ in range(120)])
        yield "incremental"
    yield from same_as_full(warehouse, tenant)


def random_request(warehouse: Any, chance: random.Random, show: uuid.UUID) -> dict[str, Any]:
    start = chance.choice([0, 0, 700_000, 1_000_000])
    pick: Callable[[list[Any]], Any] = chance.choice
    return {
        "household": pick(["a", "a", "b", "scraper", "scraper"]),
        "user_agent": pick(["One/1", "Two/2"]),
        "media_key": f"{show}/file-{chance.randrange(46)}",
        # Whole hours: exact distances of 24 h, and hours full of episodes, are common.
        "requested_at": warehouse.start + timedelta(hours=pick([1, 1, 2, 25, 26, 49, chance.randrange(96)])),
        "method": pick(["GET"] * 9 + ["HEAD"]),
        "status": pick([200, 206, 206]),
        "range_header": f"bytes={start}-",
        "range_start": start,
        "bytes_sent": pick([None, 500_000, 1_600_000, 48_000_000]),
        "file_size": pick([48_000_000, 48_000_000, None]),
    }


def batches_of_seed_1(warehouse: Any) -> Story:
    return batches_in_any_order_add_up_to_a_full_build(warehouse, 1)


def batches_of_seed_2(warehouse: Any) -> Story:
    return batches_in_any_order_add_up_to_a_full_build(warehouse, 2)


STORIES = (
    each_kind_of_later_change_is_counted_as_if_it_had_been_there_from_the_start,
    a_build_that_was_not_published_is_built_again,
    batches_of_seed_1,
    batches_of_seed_2,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_an_incremental_build_gives_the_rows_of_a_full_one(story: Any, told: Callable[[Any], None]) -> None:
    told(story)
