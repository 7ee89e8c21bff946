"""Recounts and decisions: what they change, that nothing else does, and that an incremental build gives the rows of a full one."""

import hashlib
import uuid
from collections.abc import Callable, Generator, Iterable
from datetime import timedelta
from typing import Any

import pytest

DOWNLOADS = (
    "select user_agent, count(*)::int from intermediate.int_downloads_counted "
    "where tenant_id = %s and is_valid and counting_window = 'first_touch' group by 1 order by 1"
)
VERDICTS = (
    "select user_agent, rejected_by, user_agent_list_version, ip_class, ip_list_version, request_day::text, request_id "
    "from intermediate.int_requests_judged where tenant_id = %s order by request_id"
)
Story = Generator[str, None, None]


def write(warehouse: Any) -> tuple[int, uuid.UUID]:
    """One show, three days, three agents of one household each; one of them, Fake/1, an app by the lists of its arrival."""
    tenant = warehouse.add_tenant()
    show = warehouse.add_show(tenant)
    for number in range(3):
        warehouse.add_episode(tenant, show, f"e{number}")
    warehouse.add_requests(
        tenant,
        [
            {
                "household": agent, "user_agent": agent, "media_key": f"{show}/e{day}", "ip_prefix": prefix,
                "requested_at": warehouse.start + timedelta(days=day, hours=3),
            }
            for day in range(3)
            for agent, prefix in (("App/1", "198.51.100.0/24"), ("Fake/1", "203.0.113.0/24"), ("Other/1", "203.0.113.0/24"))
        ],
    )  # fmt: skip
    return tenant, show


def overlay(warehouse: Any, table: str, tenant: int, rows: Iterable[dict[str, Any]]) -> None:
    warehouse.insert(f"ops.{table}", [{"tenant_id": tenant, "recount_id": uuid.uuid4(), **row} for row in rows])


def same_as_full(warehouse: Any, tenant: int) -> Story:
    before = warehouse.rows(DOWNLOADS, tenant), warehouse.rows(VERDICTS, tenant)
    yield "full"
    assert (warehouse.rows(DOWNLOADS, tenant), warehouse.rows(VERDICTS, tenant)) == before


def a_recount_by_agents_judges_its_days_again_and_no_others(warehouse: Any) -> Story:
    tenant, _ = write(warehouse)
    yield "incremental"
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 3), ("Fake/1", 3), ("Other/1", 3)]
    day = (warehouse.start + timedelta(days=1)).date()
    new = {"day": day, "user_agent_list_version": "agents-2"}
    overlay(
        warehouse,
        "rejudged_agents",
        tenant,
        [
            {"user_agent": "Fake/1", "user_agent_kind": "bot", **new},
            {"user_agent": "App/1", "user_agent_kind": "app", **new},
        ],
    )
    yield "incremental"
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 3), ("Fake/1", 2), ("Other/1", 3)]
    judged = {(row[0], row[5]): row[1:3] for row in warehouse.rows(VERDICTS, tenant)}
    assert judged["Fake/1", str(day)] == ("bot", "agents-2")
    assert judged["App/1", str(day)] == (None, "agents-2"), "a verdict that stayed names the version that confirmed it"
    assert judged["Other/1", str(day)] == (None, "agents-1") and judged["Fake/1", "2026-03-02"] == (None, "agents-1")
    yield from same_as_full(warehouse, tenant)


def a_recount_by_addresses_judges_whole_prefixes(warehouse: Any) -> Story:
    tenant, _ = write(warehouse)
    yield "incremental"
    row = {"day": warehouse.start.date(), "ip_prefix": "203.0.113.0/24", "ip_class": "datacenter", "ip_list_version": "ranges-2"}
    overlay(warehouse, "rejudged_prefixes", tenant, [row])
    yield "incremental"
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 3), ("Fake/1", 2), ("Other/1", 2)]
    assert {row[1:5] for row in warehouse.rows(VERDICTS, tenant) if row[5] == "2026-03-02" and row[0] != "App/1"} == {
        ("datacenter", "agents-1", "datacenter", "ranges-2")
    }
    yield from same_as_full(warehouse, tenant)


def a_decision_excludes_its_scope_and_taking_it_back_restores_every_count(warehouse: Any) -> Story:
    tenant, show = write(warehouse)
    yield "incremental"
    day = warehouse.start.date()
    decision = {"tenant_id": tenant, "show_id": show, "day": day, "kind": "agent_dominates", "reason": "seen by hand"}

    def decide(action: str, **scope: Any) -> Story:
        warehouse.insert("app.anomaly_decisions", [{**decision, "action": action, **scope}])
        yield "incremental"

    yield from decide("exclude", user_agent="Fake/1")
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 3), ("Fake/1", 2), ("Other/1", 3)]
    assert [row[1] for row in warehouse.rows(VERDICTS, tenant)].count("anomaly") == 1
    yield from decide("exclude", household_hash=hashlib.sha256(b"Other/1").digest())
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 3), ("Fake/1", 2), ("Other/1", 2)]
    yield from decide("exclude")
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 2), ("Fake/1", 2), ("Other/1", 2)]
    yield from same_as_full(warehouse, tenant)
    yield from decide("include")
    yield from decide("include", user_agent="Fake/1")
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 3), ("Fake/1", 3), ("Other/1", 2)]
    yield from decide("include", household_hash=hashlib.sha256(b"Other/1").digest())
    assert warehouse.rows(DOWNLOADS, tenant) == [("App/1", 3), ("Fake/1", 3), ("Other/1", 3)]
    yield from same_as_full(warehouse, tenant)


STORIES = (
    a_recount_by_agents_judges_its_days_again_and_no_others,
    a_recount_by_addresses_judges_whole_prefixes,
    a_decision_excludes_its_scope_and_taking_it_back_restores_every_count,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_recount_changes_its_own_days(story: Any, told: Callable[[Any], None]) -> None:
    told(story)
