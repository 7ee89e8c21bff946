"""Each (tenant, source, message id) is admitted once, without a time limit, whatever is killed, replayed, erased or restored."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.dbt_command import compile_sql

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
COLUMNS = "tenant_id, site_id, received_at, kind, event_name, user_id, run_id"


def admitted(tenant: Any) -> list[tuple[int, str, int]]:
    rows = tenant.execute("select tenant_id, message_id, event_id from intermediate.int_events_admitted order by 1, 2, 3")
    return [(row["tenant_id"], row["message_id"], row["event_id"]) for row in rows]


def tail(tenant: Any) -> list[str]:
    return [row["message_id"] for row in tenant.execute("select message_id from raw.collector_tail() order by 1")]


def quarantined(tenant: Any) -> list[dict[str, Any]]:
    return list(tenant.execute("select * from raw.quarantine order by quarantine_id"))


def test_a_conflict_is_quarantined_once_with_what_came(tenant: Any, build: Callable[..., Any]) -> None:
    tenant.campaign("a")
    tenant.purchase(T, order="o1", total="1.00", message_id="one")
    build()
    assert quarantined(tenant) == []
    tenant.purchase(T + HOUR, order="o1", total="1.00", message_id="one")
    tenant.purchase(T + HOUR, order="o2", total="2.00", message_id="one")
    # Two bodies that differ within one build: the first of them stays, and it is no other tenant's business.
    tenant.purchase(T + HOUR, order="o3", total="3.00", message_id="two")
    tenant.purchase(T + HOUR, order="o4", total="4.00", message_id="two")
    assert tail(tenant) == ["two"]
    build()
    build("full")
    build()
    found = quarantined(tenant)
    assert [(row["reason_code"], row["tenant_id"], row["source"]) for row in found] == [("message_id_conflict", 1, "collector")] * 2
    originals = [json.loads(row["original"].tobytes() if hasattr(row["original"], "tobytes") else row["original"]) for row in found]
    assert [(o["messageId"], o["properties"]["order_id"], o["type"]) for o in originals] == [
        ("one", "o2", "track"),
        ("two", "o4", "track"),
    ]
    assert {row["order_id"] for row in tenant.conversions()} == {"o1", "o3"}
    assert tail(tenant) == []


def test_replays_are_admitted_by_nobody_even_after_erasure_and_restore(tenant: Any, build: Callable[..., Any]) -> None:
    tenant.campaign("a")
    other = type(tenant)(tenant.url, "other").create()
    for each in (tenant, other):
        each.event("Viewed", T, message_id="same")
    tenant.event("Viewed", T, message_id="erased")
    tenant.execute(
        f"insert into raw.collector_events ({COLUMNS}, message_id, body_sha256) "
        f"select {COLUMNS}, 'm' || n, sha256(n::text::bytea) "
        "from raw.collector_events cross join generate_series(1, 1000) as n where message_id = 'erased'"
    )
    build()
    first = admitted(tenant)
    assert len(first) == 1_003
    assert [(tenant_id, message) for tenant_id, message, _ in first if message == "same"] == [(1, "same"), (2, "same")]

    # Erased and forgotten: the key stays, and so nobody brings the event back.
    tenant.execute("delete from raw.collector_events where message_id = 'erased'")
    tenant.event("Viewed", T, message_id="erased")
    tenant.execute(
        f"insert into raw.collector_events ({COLUMNS}, message_id, body_sha256) "
        f"select {COLUMNS}, message_id, body_sha256 from raw.collector_events cross join generate_series(1, 100) "
        "where message_id like 'm%%'"
    )
    assert tail(tenant) == []
    assert tenant.execute("select count(*) as n from raw.collector_events where message_id like 'm%%'")[0]["n"] == 101_000
    build()
    assert admitted(tenant) == first
    kept = [row for row in first if row[1] != "erased"]
    build("full")
    assert admitted(tenant) == kept

    # Into another cluster: its transactions have smaller numbers than the rows. A few replays of each message go there.
    tenant.execute(
        "delete from raw.collector_events as e where message_id like 'm%%' and event_id %% 50 <> 0 "
        "and not exists (select from intermediate.admitted_keys as k where k.event_id = e.event_id)"
    )
    assert tenant.execute("select count(*) as n from raw.collector_events where message_id like 'm%%'")[0]["n"] > 2_500
    tenant.execute("update raw.collector_events set xact = '900000000000'")
    tenant.execute("update intermediate.admitted_keys set xact = '900000000000'")
    tenant.execute("update marts.builds set to_xact = '900000000001'")
    tenant.execute("select ops.rebase_after_restore()")
    build("full")
    tenant.event("Viewed", T, message_id="same")
    tenant.event("Viewed", T, message_id="new")
    assert tail(tenant) == ["new"]
    build()
    assert [row for row in admitted(tenant) if row[1] != "new"] == kept


def test_a_build_that_was_killed_after_its_keys_hides_and_doubles_nothing(
    tenant: Any, build: Callable[..., Any], dbt_targets: Callable[[str], Any]
) -> None:
    tenant.campaign("a")
    build()
    tenant.purchase(T, message_id="killed")
    tenant.execute(compile_sql(tenant.url, "{{ admit_keys() }}", dbt_targets(tenant.url)))
    assert len(tenant.execute("select * from intermediate.admitted_keys")) == 1
    # Not published: it is still the tail that shows it.
    assert tail(tenant) == ["killed"]
    tenant.purchase(T - HOUR, message_id="killed")
    assert tail(tenant) == ["killed"]
    build()
    assert [message for _, message, _ in admitted(tenant)] == ["killed"]
    assert tail(tenant) == [] and len(tenant.conversions()) == 1


def test_a_row_that_fails_a_check_counts_neither_live_nor_built(tenant: Any, build: Callable[..., Any]) -> None:
    """Only a hand other than the collector's writes these. They take no batch along."""
    campaign = str(tenant.campaign("a"))
    build()
    tenant.click("a", T)
    unsound: list[dict[str, Any]] = [
        {"message_id": " "}, {"anonymous_id": None, "user_id": None}, {"body_sha256": b"short"}, {"ip_prefix": "10.0.0.1/32"},
        {"household_hash": b"home", "has_consent": False}, {"context": {"ip": "10.0.0.1", "campaign": {"name": "a"}}},
    ]  # fmt: skip
    for change in unsound:
        tenant.event(None, T, **{"anonymous_id": "x", "context": {"campaign": {"name": "a"}}, **change})
    live = tenant.performance(live=True)[campaign]["visits"]
    build()
    built = tenant.performance()[campaign]["visits"]
    assert (live, built) == (1, 1)
    assert tenant.performance(live=True)[campaign]["visits"] == 1
    found = quarantined(tenant)
    assert len(found) == len(unsound) and {row["reason_code"] for row in found} == {"row_check_failed"}
    assert all(b"10.0.0.1" not in bytes(row["original"]) for row in found)
