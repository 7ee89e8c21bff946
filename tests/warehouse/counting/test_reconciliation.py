"""Two counts of one show that differ by exactly one cause: the gap is given to that cause, to the download, and to no other."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

MODELS = ("+count_reconciliation",)
START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 8
AS_OF = {"build_as_of": (START + timedelta(days=DAYS + 3)).isoformat()}
READ_AT = START + timedelta(days=DAYS + 2)
CAUSES = ("time_zone", "late_data", "window", "threshold", "bots", "geography", "missing_source", "unexplained")
PARTIAL = {"status": 206, "range_header": "bytes=0-999", "range_start": 0, "range_end": 999, "bytes_sent": 1_000}
Ask = Callable[..., None]


def people(ask: Ask, count: int = 30, hour: float = 12) -> None:
    """Whole downloads in the middle of each day, each by a household of its own: every rule counts them alike."""
    for day in range(DAYS):
        for number in range(count):
            ask(day, hour, f"{day}-{number}")


class World:
    """One tenant with one show: own requests go in by `ask`, a host's figures by `say`."""

    def __init__(self, warehouse: Any) -> None:
        self.warehouse = warehouse
        self.tenant = warehouse.add_tenant()
        self.show = warehouse.add_show(self.tenant)
        warehouse.add_episode(self.tenant, self.show, "one")
        self.requests: list[dict[str, Any]] = []
        self.figures: list[dict[str, Any]] = []

    def ask(self, day: int, hour: float, household: str, **more: Any) -> None:
        plain = {"status": 200, "range_header": None, "range_start": None, "range_end": None, "bytes_sent": 48_000_000}
        agent = {"user_agent": "App/1", "user_agent_kind": "app"}
        at = START + timedelta(days=day, hours=hour)
        self.requests.append(
            {"household": household, "media_key": f"{self.show}/one", "requested_at": at, **plain, **agent, **more}
        )

    def say(self, day: int, value: int, source: str = "buzzsprout", **more: Any) -> None:
        date = (START + timedelta(days=day)).date()
        self.figures.append(
            {
                "tenant_id": self.tenant, "show_id": self.show, "source": source, "source_account": "a", "show_key": "s",
                "episode_key": "1", "episode_guid": "one", "metric": "download", "metric_standard": "host", "grain": "day",
                "period_start": date, "period_end": date, "tz": "UTC", "dimension": "", "dimension_value": "", "value": value,
                "is_cumulative": False, "fetched_at": READ_AT, "run_id": "test",
                "content_sha256": hashlib.sha256(repr((day, value, source, more)).encode()).digest(), **more,
            }
        )  # fmt: skip

    def land(self) -> None:
        self.warehouse.add_requests(self.tenant, self.requests)
        self.warehouse.insert("raw.hosting_downloads", self.figures)


def agree(world: World) -> None:
    people(world.ask)
    for day in range(DAYS):
        world.say(day, 30)


def window(world: World) -> None:
    """The host counts by the calendar: who comes at 23:00 and again at 06:00 is two for it and one for us."""
    people(world.ask)
    for day in range(0, DAYS - 1, 2):
        for number in range(5):
            world.ask(day, 23, f"night-{day}-{number}")
            world.ask(day + 1, 6, f"night-{day}-{number}")
    for day in range(DAYS):
        world.say(day, 35)


def threshold(world: World) -> None:
    """The host asks for no minute of audio."""
    people(world.ask)
    for day in range(DAYS):
        for number in range(4):
            world.ask(day, 13, f"peek-{day}-{number}", **PARTIAL)
        world.say(day, 34)


def bots(world: World) -> None:
    """The host leaves nobody out: bots by their agent, and requests from a data centre."""
    people(world.ask)
    for day in range(DAYS):
        for number in range(6):
            world.ask(day, 14, f"bot-{day}-{number}", user_agent="Bot/1", user_agent_kind="bot")
        for number in range(3):
            world.ask(day, 15, f"cloud-{day}-{number}", ip_class="datacenter")
        world.say(day, 39)


def time_zone(world: World) -> None:
    """The host's days are New York's: what we count at 02:00 UTC was yesterday there."""
    people(world.ask, count=30, hour=15)
    late = [7, 1, 9, 2, 8, 3, 6, 4]
    for day in range(DAYS):
        for number in range(late[day]):
            world.ask(day, 2, f"evening-{day}-{number}")
    for day in range(DAYS):
        world.say(day, 30 + (late[day + 1] if day + 1 < DAYS else 0), tz="America/New_York")


def late_data(world: World) -> None:
    """The host was read for the last time at 18:00 of the last day."""
    people(world.ask)
    for number in range(9):
        world.ask(DAYS - 1, 20, f"after-{number}")
    for day in range(DAYS):
        world.say(day, 30, fetched_at=START + timedelta(days=DAYS - 1, hours=18) if day == DAYS - 1 else READ_AT)


def missing_source(world: World) -> None:
    """The host says nothing of the fourth day."""
    people(world.ask)
    for day in range(DAYS):
        if day != 3:
            world.say(day, 30)


def unexplained(world: World) -> None:
    """The host has a fifth more, and nothing that we know of tells why."""
    people(world.ask)
    for day in range(DAYS):
        world.ask(day, 13, f"peek-{day}", **PARTIAL)
        world.ask(day, 14, f"bot-{day}", user_agent="Bot/1", user_agent_kind="bot")
        world.say(day, 36 + day % 2)


WORLDS = {
    "agree": (agree, {}),
    "window": (window, {"window": 20}),
    "threshold": (threshold, {"threshold": 32}),
    "bots": (bots, {"bots": 72}),
    "time_zone": (time_zone, {"time_zone": -7}),
    "late_data": (late_data, {"late_data": -9}),
    "missing_source": (missing_source, {"missing_source": -30}),
}


@pytest.fixture(scope="module")
def reconciled(warehouse: Any) -> Callable[[str], list[dict[str, Any]]]:
    """The mart's rows of a world by name; all worlds are built at once."""
    worlds = {}
    for name, (make, _) in {**WORLDS, "unexplained": (unexplained, {})}.items():
        worlds[name] = World(warehouse)
        make(worlds[name])
    geography = worlds["geography"] = World(warehouse)
    people(geography.ask)
    for day in range(DAYS):
        geography.say(day, 100, "buzzsprout")
        geography.say(day, 70, "op3")
        for source, country, count in (("buzzsprout", "US", 70), ("buzzsprout", "DE", 30), ("op3", "US", 70)):
            geography.say(day, count, source, dimension="country", dimension_value=country)
    plays = worlds["plays"] = World(warehouse)
    people(plays.ask)
    plays.say(1, 55, "apple", metric="play", metric_standard="apple")
    for world in worlds.values():
        world.land()
    warehouse.build(select=MODELS, variables=AS_OF)
    rows = warehouse.rows("select tenant_id, to_jsonb(c) from candidate.count_reconciliation as c order by day, source_a, source_b")
    return lambda name: [row for tenant, row in rows if tenant == worlds[name].tenant]


def by_cause(rows: list[dict[str, Any]]) -> dict[str, int]:
    sums = {cause: sum(row[f"gap_{cause}"] or 0 for row in rows) for cause in CAUSES}
    return {cause: total for cause, total in sums.items() if total}


@pytest.mark.parametrize("name", WORLDS)
def test_the_gap_is_given_to_its_one_cause_and_to_no_other(name: str, reconciled: Callable[[str], Any]) -> None:
    rows = [row for row in reconciled(name) if row["source_a"] == "logs"]
    assert len({row["day"] for row in rows}) == DAYS
    assert by_cause(rows) == WORLDS[name][1]
    for row in rows:
        assert row["gap"] == sum(row[f"gap_{cause}"] or 0 for cause in CAUSES), "the causes add up to the gap"
        assert row["gap_unexplained"] == 0
        assert row["verdict"] != "unexplained"


def test_each_days_zone_shift_is_that_days_own(reconciled: Callable[[str], Any]) -> None:
    shifts = [row["gap_time_zone"] for row in reconciled("time_zone")]
    late = [7, 1, 9, 2, 8, 3, 6, 4, 0]
    assert shifts == [late[day + 1] - late[day] for day in range(DAYS)]


def test_what_nothing_tells_is_unexplained_and_given_to_no_cause(reconciled: Callable[[str], Any]) -> None:
    rows = reconciled("unexplained")
    assert {row["verdict"] for row in rows} == {"unexplained"}
    # Counting the peeks and the bots brings ours nearer, and is measured; it is never more than they are.
    assert sum(row["gap"] for row in rows) == sum(6 + day % 2 for day in range(DAYS))
    causes = by_cause(rows)
    assert set(causes) <= {"threshold", "bots", "unexplained"}
    assert causes.get("threshold", 0) <= DAYS and causes.get("bots", 0) <= DAYS and causes["unexplained"] >= 4 * DAYS


def test_a_country_that_one_host_never_reports_explains_two_hosts(reconciled: Callable[[str], Any]) -> None:
    rows = [row for row in reconciled("geography") if (row["source_a"], row["source_b"]) == ("buzzsprout", "op3")]
    assert len(rows) == DAYS
    assert {(row["gap"], row["gap_geography"], row["gap_unexplained"], row["verdict"]) for row in rows} == {
        (-30, -30, 0, "explained")
    }
    ours = [row for row in reconciled("geography") if row["source_a"] == "logs"]
    assert {row["gap_geography"] for row in ours} == {None}, "our requests carry no country: not measured is not zero"


def test_another_metric_stands_beside_ours_and_is_not_set_off(reconciled: Callable[[str], Any]) -> None:
    (row,) = reconciled("plays")
    assert (row["source_b"], row["metric_b"], row["count_a"], row["count_b"]) == ("apple", "play", 30, 55)
    assert row["verdict"] == "not_comparable" and row["gap"] is None and row["gap_unexplained"] is None


def test_within_five_percent_is_the_first_verdict(reconciled: Callable[[str], Any]) -> None:
    assert {row["verdict"] for row in reconciled("agree")} == {"within_5_percent"}


def test_a_world_is_one_tenant(reconciled: Callable[[str], Any]) -> None:
    assert len({row["tenant_id"] for name in WORLDS for row in reconciled(name)}) == len(WORLDS)
    assert all(uuid.UUID(row["show_id"]) for row in reconciled("agree"))
