"""The platform's own alerts: each rule opens one for its subject, closes it by itself, and mails it once to whom it concerns."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import dagster as dg
import psycopg
import pytest

from assets.delivery.outbox import Mailer
from assets.delivery.platform_alerts import Looked, is_look_due, refresh_platform_alerts
from assets.delivery.platform_assets import CHECKS, platform_alert_mails, platform_alerts
from assets.delivery.platform_mail import send_platform_mails
from assets.lib.warehouse import WarehouseUrl

CAMPAIGN, SITE, SPONSOR = UUID(int=0xC1), UUID(int=0xA1), UUID(int=0x51)


class Platform:
    """A database with two accounts, one operator who is nobody's owner, and what each rule looks at."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.execute("insert into app.tenants (slug, name) values ('one', 'One'), ('two', 'Two')")
        for tenant_id, email, role in (
            (1, "owner@one.example", "owner"), (1, "reader@one.example", "analyst"), (2, "owner@two.example", "owner"),
            (2, "ops@two.example", "analyst"),
        ):  # fmt: skip
            self.execute("insert into app.users (tenant_id, email, role) values (%s, %s, %s)", tenant_id, email, role)
        self.execute("insert into ops.operators (email) values ('ops@two.example')")

    def execute(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def served(self, kind: str, name: str, ms: float, count: int, outcome: str = "ok", minutes_ago: int = 0) -> None:
        bucket = 0
        while 2 ** (bucket / 4) < ms:
            bucket += 1
        self.execute(
            "insert into ops.served_minutes values (date_trunc('minute', now()) - %s * interval '1 minute', %s, %s, %s, %s, %s) "
            "on conflict (kind, minute_at, name, outcome, bucket) do update set request_count = excluded.request_count",
            minutes_ago, kind, name, outcome, bucket, count,
        )  # fmt: skip

    def look(self) -> Looked:
        return refresh_platform_alerts(self.url, is_mail_wanted=True)

    def open(self) -> set[tuple[str, str, int | None]]:
        return {(alert.rule, alert.subject, alert.tenant_id) for alert in self.look().open}

    def calm(self) -> None:
        """As if the rules' calm had passed."""
        self.execute("update ops.platform_alerts set bad_at = bad_at - interval '1 hour'")


@pytest.fixture
def platform(database_url: str) -> Platform:
    return Platform(database_url)


def fail_report(platform: Platform) -> None:
    platform.execute("insert into app.sponsors (tenant_id, sponsor_id, name) values (1, %s, 'S')", SPONSOR)
    platform.execute(
        "insert into app.campaigns (tenant_id, campaign_id, sponsor_id, name, currency, flight_start, flight_end) "
        "values (1, %s, %s, 'C', 'USD', '2026-01-01', '2026-02-01')", CAMPAIGN, SPONSOR,
    )  # fmt: skip
    platform.execute(
        "insert into app.reports (tenant_id, campaign_id, status, requested_at, finished_at) "
        "values (1, %s, 'failed', now() - interval '1 minute', now())", CAMPAIGN,
    )  # fmt: skip


def hold_build(platform: Platform) -> None:
    attempt(platform, "held", '[{"name": "weights_sum_to_one"}]')


def attempt(platform: Platform, status: str, failed: str = "[]") -> None:
    platform.execute(
        "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, failed_checks, run_id, finished_at) "
        "values (%s, 'full', %s, '0', '9', %s, 'run', clock_timestamp())", uuid4(), status, failed,
    )  # fmt: skip


def delay(platform: Platform) -> None:
    platform.execute(
        "insert into ops.collection_alerts (tenant_id, site_id, kind, first_hour_at, last_hour_at, worst_value, threshold, run_id) "
        "values (1, %s, 'delay', now(), now(), 7.5, 5, 'run')", SITE,
    )  # fmt: skip


def stale(platform: Platform) -> None:
    for tenant_id, hours in ((1, 7), (2, 5)):
        platform.execute(
            "insert into ops.fetch_state (tenant_id, source, source_key, url, last_success_at) "
            "values (%s, 'feeds', 'a', 'x', now() - %s * interval '1 hour'), (%s, 'feeds', 'b', 'x', now() - interval '30 days')",
            tenant_id, hours, tenant_id,
        )  # fmt: skip


# Rule: what makes it bad, whose it is, what makes it well, and who is told.
CASES: dict[str, tuple[Callable[[Platform], Any], tuple[str, int | None], Callable[[Platform], Any], set[str]]] = {
    "error_rate": (
        lambda p: (p.served("api", "/v1/x", 20, 90), p.served("api", "/v1/x", 20, 10, "failed")),
        ("api", None),
        lambda p: p.served("api", "/v1/x", 20, 900),
        {"ops@two.example"},
    ),
    "page_load": (
        lambda p: (p.served("loads", "/slow", 4_000, 9), p.served("loads", "/fast", 300, 9), p.served("loads", "/rare", 9_000, 4)),
        ("/slow", None),
        lambda p: p.served("loads", "/slow", 300, 900),
        {"ops@two.example"},
    ),
    "api_latency": (
        lambda p: (p.served("api", "/v1/slow", 2_600, 30), p.served("api", "/v1/fast", 20, 300)),
        ("api", None),
        lambda p: p.served("api", "/v1/fast", 20, 900),
        {"ops@two.example"},
    ),
    "event_delay": (
        delay,
        (f"site {SITE}", 1),
        lambda p: p.execute("update ops.collection_alerts set closed_at = now()"),
        {"ops@two.example"},
    ),
    "failed_report": (
        fail_report,
        (f"campaign {CAMPAIGN}", 1),
        lambda p: p.execute("insert into app.reports (tenant_id, campaign_id, status) values (1, %s, 'succeeded')", CAMPAIGN),
        {"ops@two.example", "owner@one.example"},
    ),
    "stale_source": (
        stale,
        ("feeds", 1),
        lambda p: p.execute("update ops.fetch_state set last_success_at = now() where source_key = 'a'"),
        {"ops@two.example", "owner@one.example"},
    ),
    "held_build": (hold_build, ("build", None), lambda p: attempt(p, "published"), {"ops@two.example"}),
}


def test_every_rule_has_a_case_and_a_check(platform: Platform) -> None:
    rules = {row[0] for row in platform.execute("select rule from ops.alert_rules")}
    assert rules == set(CASES) == set(CHECKS)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_opens_one_alert_closes_it_and_mails_it_once(platform: Platform, mailbox: Any, rule: str) -> None:
    """An alert for each look, one that never ends, one that tells the wrong people, or the same mail again."""
    make_bad, (subject, tenant_id), make_well, told = CASES[rule]
    mailer = Mailer(mailbox.url, "alerts@hostread.example")
    assert platform.open() == set()
    make_bad(platform)
    assert is_look_due(platform.url, uuid4()) == (True, False)
    for _ in range(3):
        assert platform.open() == {(rule, subject, tenant_id)}
        send_platform_mails(platform.url, mailer)
    assert is_look_due(platform.url, uuid4()) == (False, False)
    assert {recipient for recipient, _ in mailbox.messages} == told and len(mailbox.messages) == len(told)
    body = mailbox.messages[0][1].get_content()
    assert "You get one mail for each." in body and subject in " ".join(body.split())
    make_well(platform)
    platform.calm()
    assert is_look_due(platform.url, uuid4()) == (True, False)
    assert platform.open() == set()
    assert platform.execute("select count(*), count(closed_at) from ops.platform_alerts") == [(1, 1)]
    assert len(mailbox.messages) == len(told)


def test_few_requests_are_no_measurement(platform: Platform) -> None:
    platform.served("api", "/v1/x", 9_000, 19, "failed")
    platform.served("loads", "/x", 9_000, 4)
    assert platform.open() == set()


def test_a_measured_fault_is_closed_after_some_calm_and_not_between_two_bad_minutes(platform: Platform) -> None:
    platform.served("api", "/v1/x", 20, 40, "failed")
    platform.look()
    platform.execute("delete from ops.served_minutes")
    assert platform.open() == {("error_rate", "api", None)}
    platform.calm()
    assert platform.open() == set()


def test_a_limit_is_one_row_and_nowhere_else(platform: Platform) -> None:
    platform.served("api", "/v1/slow", 900, 30)
    assert platform.open() == set()
    platform.execute("update ops.alert_rules set threshold = 0.5 where rule = 'api_latency'")
    (alert,) = platform.look().open
    assert (alert.rule, alert.threshold) == ("api_latency", 0.5) and 0.7 < alert.value < 1.1


def test_old_minutes_become_hours_and_keep_their_sum(platform: Platform) -> None:
    """A table that grows for ever, or a month's usage that forgets what was an hour's."""
    for ago in range(2_000, 2_120):
        platform.served("loads", "/x", 400, 3, minutes_ago=ago)
    platform.served("loads", "/x", 400, 5, minutes_ago=60 * 24 * 40)
    platform.look()
    platform.look()
    assert platform.execute("select sum(request_count), count(*) <= 4 from ops.served_minutes") == [(360, True)]


def test_each_rule_is_a_check_of_dagsters(platform: Platform, mailbox: Any) -> None:
    hold_build(platform)
    done = dg.materialize(
        [platform_alerts, platform_alert_mails],
        resources={"warehouse": WarehouseUrl(platform.url, "k" * 16), "mailer": Mailer(mailbox.url, "alerts@hostread.example")},
    )
    verdicts = {check.check_name: check.passed for check in done.get_asset_check_evaluations()}
    assert verdicts == {name: rule != "held_build" for rule, name in CHECKS.items()} | {"every_platform_alert_was_mailed": True}
    assert [recipient for recipient, _ in mailbox.messages] == ["ops@two.example"]
