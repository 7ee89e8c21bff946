"""The counting rules that are settings, through the API and the command: read, changed from a day on, and never silently."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from assets.lists.recount import apply_recounts, finish_recounts
from orchestration.cli import acting, counting
from orchestration.method import live_statement, record_statement
from orchestration.settings import Settings

TODAY = datetime.now(UTC).date()
DAY = (TODAY - timedelta(days=10)).isoformat()
OP3 = {
    "volume_episodes_per_hour": 1_000_000, "volume_episodes_per_day": 1_000_000, "rejects_datacenters": False,
    "threshold_seconds": 0, "key_has_referer": True, "counts_lone_probes": True,
}  # fmt: skip
STANDARD = {
    "volume_episodes_per_hour": 30, "volume_episodes_per_day": 300, "rejects_datacenters": True, "threshold_seconds": 60,
    "key_has_referer": False, "counts_lone_probes": False,
}  # fmt: skip


def values(http: Any, key: str = "value") -> dict[str, Any]:
    return {row["name"]: row[key] for row in http.get("/v1/counting-settings").json()["settings"]}


def test_before_any_change_the_deployments_rules_hold_with_op3s_beside_them(account: Any, published: str) -> None:
    assert values(account.http) == values(account.http, "deployment") == STANDARD
    assert values(account.http, "op3") == OP3
    assert not any(values(account.http, "is_own").values())


def test_a_change_holds_from_its_day_on_and_says_who_and_why(
    account: Any, stranger: Any, published: str, database_url: str
) -> None:
    entry = {"variant": "op3", "threshold_seconds": 30, "reason": "to be compared with OP3"}
    made = account.http.patch("/v1/counting-settings", json=entry)
    assert made.status_code == 200, made.text
    assert (made.json()["from_day"], made.json()["recount_id"]) == (TODAY.isoformat(), None)
    assert values(account.http) == {**OP3, "threshold_seconds": 30}
    again = account.http.patch("/v1/counting-settings", json={"threshold_seconds": None, "reason": "the deployment's"})
    assert again.status_code == 200 and values(account.http) == {**OP3, "threshold_seconds": 60}
    changes = account.http.get("/v1/counting-settings").json()["changes"]
    assert [(row["reason"], row["values"]["threshold_seconds"], row["is_built"]) for row in changes] == [
        ("the deployment's", None, False),
        ("to be compared with OP3", 30, False),
    ]
    assert values(stranger.http) == STANDARD and stranger.http.get("/v1/counting-settings").json()["changes"] == []
    assert account.http.get("/v1/recounts").json()["items"] == [], "no day that was over is counted again"
    with psycopg.connect(database_url) as c:
        audited = c.execute(
            "select detail ->> 'reason', detail -> 'after' ->> 'threshold_seconds' from app.audit_log "
            "where subject_kind = 'counting_settings' order by 1 desc"
        ).fetchall()
    assert audited == [("to be compared with OP3", "30"), ("the deployment's", None)]


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ({"reason": "nothing is named"}, 422),
        ({"threshold_seconds": 30}, 422),
        ({"threshold_seconds": -1, "reason": "below zero"}, 422),
        ({"volume_episodes_per_hour": 0, "reason": "nobody is believed"}, 422),
        ({"thresholds": 30, "reason": "no such setting"}, 422),
        ({"variant": "op4", "reason": "no such variant"}, 422),
        ({"threshold_seconds": 30, "reason": "far ahead", "from_day": "2999-01-01"}, 422),
        ({"variant": "deployment", "reason": "as it is already"}, 409),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    account: Any, published: str, database_url: str, entry: dict[str, Any], status: int
) -> None:
    answer = account.http.patch("/v1/counting-settings", json=entry)
    assert answer.status_code == status, answer.text
    with psycopg.connect(database_url) as c:
        assert c.execute("select count(*) from app.counting_settings").fetchone() == (0,)


def test_a_change_over_old_days_is_a_recount_with_both_counts(account: Any, published: str, database_url: str, tools: Any) -> None:
    """Fails where counts of days that were over change without a recount that says so."""
    tools.insert(
        database_url, "marts.episode_downloads_daily", tenant_id=account.tenant_id, show_id=account.show_id, episode_guid="one",
        day=DAY, source="logs", counting_window="first_touch", downloads=5, request_count=9, rejected_count=4, listener_count=5,
    )  # fmt: skip
    entry = {"rejects_datacenters": False, "from_day": DAY, "reason": "our listeners use a VPN"}
    made = account.http.patch("/v1/counting-settings", json=entry).json()
    (asked,) = account.http.get("/v1/recounts").json()["items"]
    assert asked["recount_id"] == made["recount_id"] and asked["list"].startswith("counting_settings@")
    assert (asked["from_day"], asked["to_day"]) == (DAY, (TODAY - timedelta(days=1)).isoformat())
    assert asked["counted_before"] == {"logs/first_touch": 5} and asked["finished_at"] is None
    assert apply_recounts(database_url) == [], "there is no list to judge by"
    with psycopg.connect(database_url) as c:
        # What the next build would publish.
        c.execute("update marts.episode_downloads_daily set downloads = 8")
        c.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
            "select gen_random_uuid(), 'incremental', '0', (max(xact)::text::bigint + 1)::text::xid8, now() from ops.recounts"
        )
    assert finish_recounts(database_url) == 1
    (done,) = account.http.get("/v1/recounts").json()["items"]
    assert done["counted_after"] == {"logs/first_touch": 8}
    assert account.http.get("/v1/counting-settings").json()["changes"][0]["is_built"]


def test_the_method_statement_follows_the_accounts_own_rules(
    account: Any, stranger: Any, published: str, database_url: str
) -> None:
    record_statement(database_url)

    def stated(http: Any) -> tuple[str, int]:
        found = http.get("/v1/method").json()
        rules = [rule for section in found["statement"]["sections"] for rule in section["rules"]]
        return found["statement_version"], next(r for r in rules if r["name"] == "threshold")["settings"]["threshold_seconds"]

    before = stated(account.http)
    account.http.patch("/v1/counting-settings", json={"threshold_seconds": 15, "reason": "short episodes"})
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    account.http.patch("/v1/counting-settings", json={"threshold_seconds": 5, "from_day": tomorrow, "reason": "shorter still"})
    after = stated(account.http)
    assert (before[1], after[1]) == (60, 15) and before[0] != after[0]
    assert stated(stranger.http) == before
    with psycopg.connect(database_url) as c:
        slug = c.execute("select slug from app.tenants where tenant_id = %s", [account.tenant_id]).fetchone()
    assert slug is not None
    rules = [rule for section in live_statement(database_url, slug[0])["sections"] for rule in section["rules"]]
    assert next(rule for rule in rules if rule["name"] == "threshold")["settings"] == {"threshold_seconds": 15}


def test_only_an_owner_changes_the_rules(account: Any, published: str, base_url: str) -> None:
    key = account.http.post("/v1/api-keys", json={"name": "reads", "role": "analyst"}).json()["key"]
    answer = account.http.patch(
        "/v1/counting-settings", json={"variant": "op3", "reason": "let me"}, headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 403


def test_the_command_shows_and_changes_them(
    account: Any, published: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = Settings(database_url=database_url)
    for module in (acting, counting):
        monkeypatch.setattr(module, "settings", lambda: current)
    with psycopg.connect(database_url) as c:
        (slug,) = c.execute("select slug from app.tenants where tenant_id = %s", [account.tenant_id]).fetchone() or ("",)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(counting.counting, ["--tenant", slug, *arguments])

    assert "threshold_seconds" in run().output
    done = run("set", "threshold_seconds=30", "rejects_datacenters=false", "--reason", "ours")
    assert done.exit_code == 0 and f"from {TODAY}" in done.output, done.output
    assert values(account.http) == {**STANDARD, "threshold_seconds": 30, "rejects_datacenters": False}
    assert "recounted" in run("use", "op3", "--from", DAY, "--reason", "OP3").output
    assert values(account.http) == OP3
    for arguments, said in ((("threshold=1",), "expected one of"), (("threshold_seconds=many",), "threshold_seconds: ")):
        refused = run("set", *arguments, "--reason", "ours")
        assert said in str(refused.exception), refused
    assert "no published figure" in run("restated").output


def test_restated_figures_are_listed_with_both_counts_and_the_cause(
    account: Any, stranger: Any, published: str, database_url: str
) -> None:
    with psycopg.connect(database_url) as c:
        for number, cause in enumerate(("late_requests", "settings", "host")):
            c.execute(
                "insert into ops.counting_restatements (tenant_id, show_id, episode_guid, day, source, counting_window, "
                "downloads_before, downloads_after, cause, build_id) "
                "values (%s, %s, 'one', %s, %s, %s, 5, 7, %s, gen_random_uuid())",
                [account.tenant_id, account.show_id, f"2026-03-0{number + 1}", "transistor" if cause == "host" else "logs",
                 "host" if cause == "host" else "first_touch", cause],
            )  # fmt: skip

    def listed(**query: Any) -> list[str]:
        answer = account.http.get("/v1/restatements", params=query)
        assert answer.status_code == 200, answer.text
        return [row["cause"] for row in answer.json()["items"]]

    assert listed() == ["host", "settings", "late_requests"]
    assert listed(cause="settings") == listed(first_day="2026-03-02", last_day="2026-03-02") == ["settings"]
    assert listed(source="transistor") == listed(counting_window="host") == ["host"]
    first = account.http.get("/v1/restatements", params={"limit": 2, "show_id": account.show_id}).json()
    assert (first["items"][0]["downloads_before"], first["items"][0]["downloads_after"]) == (5, 7)
    assert listed(after=first["next_cursor"]) == ["late_requests"]
    assert account.http.get("/v1/restatements", params={"first_day": "2026-03-02", "last_day": "2026-03-01"}).status_code == 422
    assert stranger.http.get("/v1/restatements").json()["items"] == []
