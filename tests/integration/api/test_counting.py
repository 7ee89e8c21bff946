"""Reconciliation, anomalies and their decisions, lists, recounts and the method statement, through the real API."""

from typing import Any

import psycopg
import pytest

from assets.lists.recount import apply_recounts, finish_recounts
from assets.lists.refresh import ensure_lists
from assets.lists.sources import read_sources
from orchestration.method import record_statement

DAY = "2026-03-02"
CAUSES = {
    "time_zone": 0, "late_data": -4, "window": 10, "threshold": 0, "bots": 0, "missing_source": 0, "unexplained": 2,
}  # fmt: skip


def add_pair(tools: Any, url: str, account: Any, **more: Any) -> None:
    row = {
        "tenant_id": account.tenant_id, "show_id": account.show_id, "episode_guid": "one", "day": DAY, "source_a": "logs",
        "source_b": "buzzsprout", "metric_b": "download", "count_a": 100, "count_b": 108, "gap": 8, "gap_rate": 0.074,
        "verdict": "explained", **{f"gap_{cause}": value for cause, value in CAUSES.items()}, "time_zone": "Europe/Berlin",
        "host_window": "calendar", "host_has_threshold": True, "host_filters_bots": True, **more,
    }  # fmt: skip
    tools.insert(url, "marts.count_reconciliation", **row)


def add_anomaly(tools: Any, url: str, account: Any, kind: str, **more: Any) -> None:
    row = {
        "tenant_id": account.tenant_id, "show_id": account.show_id, "day": DAY, "kind": kind, "observed": 90, "expected": 30,
        "score": 9.5, "downloads": 120, "baseline_days": 8, "is_excluded": False, **more,
    }  # fmt: skip
    tools.insert(url, "marts.download_anomalies", **row)


@pytest.fixture
def world(account: Any, published: str, database_url: str, tools: Any) -> Any:
    add_pair(tools, database_url, account)
    add_pair(
        tools, database_url, account, episode_guid="two", count_a=50, count_b=51, gap=1, gap_window=1, gap_late_data=0,
        gap_unexplained=0,
    )  # fmt: skip
    nothing: dict[str, Any] = {f"gap_{cause}": None for cause in CAUSES}
    add_pair(
        tools, database_url, account, source_b="apple", metric_b="play", count_b=70, gap=None, gap_rate=None,
        verdict="not_comparable", **nothing,
    )  # fmt: skip
    add_anomaly(tools, database_url, account, "agent_dominates", user_agent="Fresh/9")
    add_anomaly(tools, database_url, account, "spike")
    return account


def decision(account: Any, **more: Any) -> dict[str, Any]:
    return {
        "show_id": account.show_id, "day": DAY, "kind": "agent_dominates", "action": "exclude", "reason": "a script of ours",
        **more,
    }  # fmt: skip


def test_a_pair_of_sources_is_summed_with_its_causes(world: Any, stranger: Any) -> None:
    found = world.http.get("/v1/reconciliation", params={"show_id": world.show_id}).json()
    (pair,) = found["pairs"]
    assert (pair["source_a"], pair["source_b"], pair["count_a"], pair["count_b"], pair["gap"]) == (
        "logs",
        "buzzsprout",
        150,
        159,
        9,
    )
    assert pair["verdict"] == "explained" and pair["host_window"] == "calendar"
    assert pair["causes"]["window"] == 11 and pair["causes"]["geography"] is None and pair["causes"]["unexplained"] == 2
    assert [episode["episode_guid"] for episode in pair["episodes"]] == ["one", "two"]
    assert pair["episodes"][1]["verdict"] == "within_5_percent"
    assert found["other_metrics"] == [{"source": "apple", "metric": "play", "value": 70, "downloads": 100}]
    assert world.http.get("/v1/reconciliation", params={"show_id": world.show_id, "first_day": "2026-03-03"}).json()["pairs"] == []
    assert stranger.http.get("/v1/reconciliation", params={"show_id": world.show_id}).status_code == 404


def test_an_anomaly_explains_itself_and_a_decision_on_it_is_recorded(world: Any, stranger: Any, database_url: str) -> None:
    found = world.http.get("/v1/anomalies").json()["items"]
    assert [row["kind"] for row in found] == ["agent_dominates", "spike"]
    assert found[0]["explanation"] == "Fresh/9 made 90 of 120 downloads; by its usual share it would be 30"
    made = world.http.post("/v1/anomalies/decisions", json=decision(world))
    assert made.status_code == 201 and made.json()["user_agent"] == "Fresh/9"
    assert stranger.http.post("/v1/anomalies/decisions", json=decision(world)).status_code == 404
    with psycopg.connect(database_url) as c:
        rows = c.execute(
            "select user_agent, household_hash, action, reason, (evidence ->> 'observed')::numeric, decided_at is not null "
            "from app.anomaly_decisions"
        ).fetchall()
        audited = c.execute("select action, detail ->> 'reason' from app.audit_log where subject_kind = 'anomaly'").fetchall()
    assert rows == [("Fresh/9", None, "exclude", "a script of ours", 90, True)]
    assert audited == [("exclude", "a script of ours")]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"kind": "spike"}, 409),
        ({"action": "include"}, 409),
        ({"kind": "drop"}, 404),
        ({"reason": "x"}, 422),
        ({"day": "yesterday"}, 422),
        ({"scope": "half"}, 422),
    ],
)
def test_a_decision_that_cannot_be_is_refused(world: Any, database_url: str, change: dict[str, Any], status: int) -> None:
    answer = world.http.post("/v1/anomalies/decisions", json=decision(world, **change))
    assert answer.status_code == status, answer.text
    with psycopg.connect(database_url) as c:
        assert c.execute("select count(*) from app.anomaly_decisions").fetchone() == (0,)


def test_a_spike_is_excluded_whole_or_not_at_all(world: Any) -> None:
    made = world.http.post("/v1/anomalies/decisions", json=decision(world, kind="spike", scope="whole_day"))
    assert made.status_code == 201 and made.json()["user_agent"] is None and made.json()["household"] is None


def test_a_recount_is_asked_for_judged_and_recorded_with_both_counts(
    world: Any, stranger: Any, database_url: str, tools: Any
) -> None:
    versions = {made.list_name: made.version for made in ensure_lists(database_url, read_sources())}
    with psycopg.connect(database_url) as c:
        c.execute(
            "insert into raw.logs_requests (tenant_id, log_source_id, requested_at, method, status, url, media_key, user_agent, "
            "user_agent_kind, user_agent_list_version, is_watch, household_hash, key_epoch, ip_class, ip_prefix, ip_list_version, "
            "file_offset, run_id) select %s, gen_random_uuid(), timestamptz '2026-03-02 10:00Z', 'GET', 200, '/a', 'a', agent, "
            "kind, 'old', false, '\\x01', 1, 'household', prefix, 'old', 0, 'test' from (values "
            "('python-requests/2.32.3', 'app', '3.64.1.0/24'), ('AntennaPod/3.4.0', 'app', '24.1.1.0/24')) "
            "as v (agent, kind, prefix)",
            [world.tenant_id],
        )
    tools.insert(
        database_url, "marts.episode_downloads_daily", tenant_id=world.tenant_id, show_id=world.show_id, episode_guid="one",
        day=DAY, source="logs", counting_window="first_touch", downloads=2, request_count=2, rejected_count=0, listener_count=2,
    )  # fmt: skip
    entry = {"list": f"user_agents@{versions['user_agents']}", "from_day": DAY, "to_day": DAY, "reason": "new lists"}
    assert world.http.post("/v1/recounts", json=entry).status_code == 202
    assert world.http.post("/v1/recounts", json={**entry, "list": f"ip_ranges@{versions['ip_ranges']}"}).status_code == 202
    assert world.http.post("/v1/recounts", json={**entry, "list": "user_agents@never"}).status_code == 404
    assert world.http.post("/v1/recounts", json={**entry, "to_day": "2026-03-01"}).status_code == 422
    done = apply_recounts(database_url)
    assert [(r.in_range, r.changed, r.not_judgeable) for r in done] == [(2, 1, 0), (2, 1, 0)]
    assert apply_recounts(database_url) == [], "what was judged is not judged again"
    with psycopg.connect(database_url) as c:
        agents = c.execute("select user_agent, user_agent_kind from ops.rejudged_agents order by 1").fetchall()
        prefixes = c.execute("select ip_prefix, ip_class from ops.rejudged_prefixes order by 1").fetchall()
        # What the next build would publish.
        c.execute("update marts.episode_downloads_daily set downloads = 1")
        c.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
            "select gen_random_uuid(), 'incremental', '0', (max(xact)::text::bigint + 1)::text::xid8, now() from ops.recounts"
        )
    assert agents == [("AntennaPod/3.4.0", "app"), ("python-requests/2.32.3", "bot")]
    assert prefixes == [("24.1.1.0/24", "household"), ("3.64.1.0/24", "datacenter")]
    assert finish_recounts(database_url) == 2
    shown = world.http.get("/v1/recounts").json()["items"]
    assert {row["reason"] for row in shown} == {"new lists"} and all(row["finished_at"] for row in shown)
    assert {(row["counted_before"]["logs/first_touch"], row["counted_after"]["logs/first_touch"]) for row in shown} == {(2, 1)}
    assert stranger.http.get("/v1/recounts").json()["items"] == []


def test_the_lists_and_the_method_statement_are_read(world: Any, database_url: str) -> None:
    assert world.http.get("/v1/method").status_code == 404
    ensure_lists(database_url, read_sources())
    version = record_statement(database_url)
    assert record_statement(database_url) == version, "the same statement is kept once"
    stated = world.http.get("/v1/method").json()
    assert stated["statement_version"] == version
    rules = [rule for section in stated["statement"]["sections"] for rule in section["rules"]]
    assert [rule["name"] for rule in rules][:9] == [
        "method", "status", "probe", "bot", "watch", "datacenter", "volume", "preload", "unknown_episode",
    ]  # fmt: skip
    assert next(rule for rule in rules if rule["name"] == "volume")["settings"]["volume_episodes_per_hour"] == 30
    lists = world.http.get("/v1/lists").json()
    assert {row["list_name"] for row in lists["versions"]} == {"user_agents", "ip_ranges"}
    assert any(source["url"] for source in lists["sources"])
    in_statement = {(one["list_name"], one["version"]) for one in stated["statement"]["lists"]}
    assert in_statement == {(row["list_name"], row["version"]) for row in lists["versions"]}
