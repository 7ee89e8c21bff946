"""A slow and a lossy site: one alert a fault, however often it is looked at; one mail an owner; closed when it is well again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from assets.delivery.alert_mail import send_alert_mails
from assets.delivery.alerts import Refreshed, refresh_alerts
from assets.delivery.outbox import Mailer

SITES = {"slow": UUID(int=0xA1), "lossy": UUID(int=0xA2), "quiet": UUID(int=0xA3)}
MART = """
create table marts.collection_quality (
    tenant_id integer, site_id uuid, hour_at timestamptz, accepted_count bigint, numbered_count bigint, loss_rate float8,
    delay_p95_s float8, is_loss_alert boolean, is_delay_alert boolean, historical_count bigint,
    primary key (tenant_id, site_id, hour_at)
);
alter table marts.collection_quality owner to hostread_transform;
"""


class World:
    """Hours of marts.collection_quality, counted back from the running one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self.execute("insert into app.tenants (slug, name) values ('one', 'One')")
        self.execute("insert into app.sponsors (tenant_id, sponsor_id, name) values (1, %s, 'S')", UUID(int=1))
        for name, site in SITES.items():
            self.execute(
                "insert into app.sites (tenant_id, site_id, sponsor_id, name, domain, write_key) values (1, %s, %s, %s, 'x', %s)",
                site, UUID(int=1), f"Shop {name}", site.hex,
            )  # fmt: skip
        for email, role in (("owner@one.example", "owner"), ("second@one.example", "owner"), ("reader@one.example", "analyst")):
            self.execute("insert into app.users (tenant_id, email, role) values (1, %s, %s)", email, role)
        self.execute(MART)

    def execute(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def hour(self, site: str, ago: int, *, loss: float | None = 0.0, p95: float = 0.4, events: int = 400, old: int = 0) -> None:
        self.execute(
            "insert into marts.collection_quality values (1, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "on conflict (tenant_id, site_id, hour_at) "
            "do update set loss_rate = excluded.loss_rate, is_loss_alert = excluded.is_loss_alert",
            SITES[site], self.now - timedelta(hours=ago), events, events, loss, p95, (loss or 0) >= 0.05, p95 > 5, old,
        )  # fmt: skip

    def look(self, *, mail: bool = True) -> Refreshed:
        return refresh_alerts(self.url, "run", is_mail_wanted=mail)

    def open(self) -> set[tuple[UUID, str]]:
        return {(alert.site_id, alert.kind) for alert in self.look().open}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    yield World(database_url)


def test_a_slow_and_a_lossy_site_open_one_alert_each(world: World) -> None:
    for ago in (3, 2, 1, 0):
        world.hour("slow", ago, p95=7.5 if ago < 3 else 1.0)
        world.hour("lossy", ago, loss=0.08)
        world.hour("quiet", ago, loss=0.5, p95=60.0, events=19)
    found = world.look()
    assert {(alert.site_id, alert.kind) for alert in found.opened} == {(SITES["slow"], "delay"), (SITES["lossy"], "loss")}
    slow = next(alert for alert in found.open if alert.kind == "delay")
    assert (slow.first_hour_at, slow.last_hour_at) == (world.now - timedelta(hours=2), world.now)
    assert (slow.worst_value, slow.threshold) == (7.5, 5.0)


def test_history_that_is_sent_on_purpose_makes_no_handful_a_fault(world: World) -> None:
    """Of 400 events 385 were months old: what is left is too few to judge the way here."""
    world.hour("slow", 2, p95=60.0, old=385)
    assert world.open() == set()


def test_an_ongoing_fault_is_not_told_again(world: World) -> None:
    world.hour("slow", 1, p95=6.0)
    assert len(world.look().opened) == 1
    world.hour("slow", 0, p95=9.0)
    again = world.look()
    assert (again.opened, again.closed) == ([], 0)
    (alert,) = again.open
    assert (alert.last_hour_at, alert.worst_value) == (world.now, 9.0)
    assert world.execute("select count(*) from ops.alert_mails") == [(2,)]


def test_a_whole_good_hour_closes_it_and_a_running_one_does_not(world: World) -> None:
    world.hour("slow", 2, p95=6.0)
    world.hour("slow", 0, p95=0.3)
    assert world.open() == {(SITES["slow"], "delay")}
    world.hour("slow", 1, p95=0.3)
    assert world.look().closed == 1
    assert world.look() == Refreshed([], 0, [])


def test_a_fault_that_comes_back_is_a_new_alert(world: World) -> None:
    world.hour("lossy", 3, loss=0.1)
    world.look()
    world.hour("lossy", 2)
    world.look()
    world.hour("lossy", 1, loss=0.2)
    assert len(world.look().opened) == 1
    assert world.execute("select count(*), count(closed_at) from ops.collection_alerts") == [(2, 1)]


def test_an_hour_that_late_events_mend_takes_its_alert_back(world: World) -> None:
    world.hour("lossy", 1, loss=0.3)
    world.look()
    world.hour("lossy", 1, loss=0.01)
    assert world.look().closed == 1


def test_hours_of_long_ago_open_nothing(world: World) -> None:
    for ago in (30, 60, 24 * 30):
        world.hour("lossy", ago, loss=0.9)
    assert world.look().open == []


def test_a_site_that_falls_silent_is_closed_after_a_day(world: World) -> None:
    world.hour("slow", 1, p95=6.0)
    world.look()
    world.execute(
        "update ops.collection_alerts set last_hour_at = last_hour_at - interval '26 hours', first_hour_at = '2020-01-01'"
    )
    world.execute("delete from marts.collection_quality")
    assert world.look().closed == 1


def test_each_owner_gets_one_mail_and_nobody_else(world: World, mailbox: Any) -> None:
    mailer = Mailer(mailbox.url, "alerts@hostread.example")
    world.hour("slow", 1, p95=7.25)
    for _ in range(3):
        world.look()
        send_alert_mails(world.url, mailer)
    assert sorted(recipient for recipient, _ in mailbox.messages) == ["owner@one.example", "second@one.example"]
    message = mailbox.messages[0][1]
    assert message["Subject"] == "Shop slow: events are late"
    body = message.get_content()
    assert f"{world.now - timedelta(hours=1):%Y-%m-%d %H:00} UTC" in body and "within 7.2 s, not within 5 s" in body
    assert world.execute("select status, attempt_count from ops.alert_mails") == [("sent", 1), ("sent", 1)]


def test_without_a_mail_server_nothing_waits_for_one(world: World, mailbox: Any) -> None:
    world.hour("slow", 1, p95=7.0)
    world.look(mail=False)
    assert send_alert_mails(world.url, Mailer(None, "alerts@hostread.example")).counts == {}
    world.look()
    send_alert_mails(world.url, Mailer(mailbox.url, "alerts@hostread.example"))
    assert mailbox.messages == []


def test_a_server_that_puts_off_is_asked_again_and_a_refusal_is_kept(world: World, mailbox: Any) -> None:
    mailbox.answers = {"owner@one.example": ["450 later", "250 OK"], "second@one.example": ["550 nobody"]}
    world.hour("lossy", 1, loss=0.2)
    world.look()
    mailer = Mailer(mailbox.url, "alerts@hostread.example")
    assert send_alert_mails(world.url, mailer).counts == {"pending": 1, "failed": 1}
    assert send_alert_mails(world.url, mailer).counts == {"sent": 1}
    assert [recipient for recipient, _ in mailbox.messages] == ["owner@one.example"]
    away = send_alert_mails(world.url, Mailer("smtp://127.0.0.1:9", "alerts@hostread.example"))
    assert (away.counts, away.problem) == ({}, None)


def test_a_reader_sees_its_own_alerts_alone(world: World) -> None:
    world.hour("slow", 1, p95=7.0)
    world.look()
    for tenant, count in ((1, 1), (2, 0)):
        with psycopg.connect(world.url, options="-c role=hostread_reader") as reader:
            reader.execute("select set_config('hostread.tenant_id', %s, true)", [str(tenant)])
            assert reader.execute("select count(*) from ops.collection_alerts").fetchone() == (count,)
