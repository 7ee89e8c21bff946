"""Alerts of customers, told to operators once; and the survey, two days after the first event, once a customer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from api.mail.survey_links import SurveyLinks
from assets.delivery.customer_watch import Watched, send_customer_alert_mails, watch_customers
from assets.delivery.outbox import Mailer
from assets.delivery.surveys import queue_surveys, send_surveys

MART = """
create table marts.customer_success (
    tenant_id integer primary key, account_at timestamptz, first_event_at timestamptz, nps_score float8, satisfaction_score float8,
    is_nps_alert boolean, is_satisfaction_alert boolean
);
alter table marts.customer_success owner to hostread_transform;
"""
LINKS = SurveyLinks("https://hostread.example", "s" * 32)


class World:
    """Customers 1 and 2, with their owners, an operator of customer 1's account, and one who runs the platform."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.execute("insert into app.tenants (slug, name) values ('one', 'One\nBcc: x@y.example'), ('two', 'Two')")
        for tenant, email, role in (
            (1, "owner@one.example", "owner"), (1, "operator@one.example", "operator"), (2, "owner@two.example", "owner"),
            (2, "ops@platform.example", "analyst"),
        ):  # fmt: skip
            self.execute("insert into app.users (tenant_id, email, role) values (%s, %s, %s)", tenant, email, role)
        self.execute("insert into ops.operators (email) values ('ops@platform.example')")
        self.execute("update app.logins set verified_at = now() where email = 'owner@one.example'")
        self.execute(MART)

    def execute(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def figures(self, tenant: int, *, hours: float | None = None, nps: float | None = None, satisfied: float | None = None) -> None:
        """`hours`: since the first event."""
        event_at = datetime.now(UTC) - timedelta(hours=hours) if hours is not None else None
        self.execute("delete from marts.customer_success where tenant_id = %s", tenant)
        self.execute(
            "insert into marts.customer_success values (%s, %s, %s, %s, %s, %s, %s)", tenant,
            (event_at or datetime.now(UTC)) - timedelta(minutes=5), event_at, nps, satisfied, nps is not None and nps < 50,
            satisfied is not None and satisfied < 7,
        )  # fmt: skip

    def look(self, *, mail: bool = True) -> Watched:
        return watch_customers(self.url, is_mail_wanted=mail)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    yield World(database_url)


def test_low_scores_open_one_alert_each_and_close_when_they_are_better(world: World) -> None:
    """An alert a build, or one that stays open for ever."""
    world.figures(1, nps=20, satisfied=8)
    world.figures(2, nps=50, satisfied=6.9)
    first, again = world.look(), world.look()
    assert [(alert.tenant_id, alert.kind) for alert in first.open] == [(1, "nps"), (2, "satisfaction")]
    assert (first.opened, again.opened, again.closed) == (2, 0, 0)
    world.figures(1, nps=50)
    assert [(alert.tenant_id, alert.kind) for alert in world.look().open] == [(2, "satisfaction")]
    world.figures(1, nps=49)
    assert world.look().opened == 1, "what comes back is a new alert"


def test_operators_are_told_of_each_once_and_of_a_technical_issue_with_its_words(world: World, mailbox: Any) -> None:
    """A mail to every owner, a second mail with each build, or a name that adds a header."""
    world.execute(
        "with said as (insert into app.customer_feedback (tenant_id, comment, is_technical_issue, source) "
        "values (1, E'The export\nstops', true, 'form') returning feedback_id) "
        "insert into ops.customer_alerts (tenant_id, kind, feedback_id) select 1, 'technical_issue', feedback_id from said"
    )
    mailer = Mailer(mailbox.url, "alerts@hostread.example")
    for _ in range(2):
        world.look()
        assert send_customer_alert_mails(world.url, mailer).problem is None
    assert sorted(recipient for recipient, _ in mailbox.messages) == ["operator@one.example", "ops@platform.example"]
    message = mailbox.messages[0][1]
    assert "The export" in message.get_content() and message["Bcc"] is None
    assert message["Subject"].endswith("reports a technical issue")
    world.figures(2, nps=0)
    world.look()
    send_customer_alert_mails(world.url, mailer)
    assert [recipient for recipient, _ in mailbox.messages[2:]] == ["ops@platform.example"]


def test_without_a_mail_server_nothing_waits_and_the_marts_may_be_missing(world: World, mailbox: Any) -> None:
    world.execute("drop table marts.customer_success")
    assert world.look(mail=False).open == [] and queue_surveys(world.url) == 0
    assert world.execute("select count(*) from ops.customer_alert_mails") == [(0,)]


def test_a_survey_goes_to_the_owner_after_two_days_once(world: World, mailbox: Any) -> None:
    """A survey an hour early, a second one, one to an address that never confirmed itself, or to a customer of last year."""
    mailer = Mailer(mailbox.url, "hello@hostread.example")
    world.figures(1, hours=47)
    world.figures(2, hours=49)
    assert queue_surveys(world.url) == 0
    world.figures(1, hours=24 * 31)
    assert queue_surveys(world.url) == 0
    world.figures(1)
    assert queue_surveys(world.url) == 0, "no event yet"
    world.figures(1, hours=48.1)
    for due in (1, 0):
        assert queue_surveys(world.url) == due
        assert send_surveys(world.url, mailer, LINKS).problem is None
    [(recipient, message)] = mailbox.messages
    assert recipient == "owner@one.example" and message["Bcc"] is None
    [line] = [line for line in message.get_content().splitlines() if line.startswith("https://")]
    read = LINKS.read(line.partition("token=")[2])
    stored = world.execute("select tenant_id, survey_id, date_trunc('second', expires_at) from ops.survey_mails")
    assert read is not None and stored == [(read.tenant_id, read.survey_id, read.expires_at)]
    assert timedelta(days=13) < read.expires_at - datetime.now(UTC) < timedelta(days=14)


def test_a_server_that_puts_off_gets_the_survey_later_with_the_same_message_id(world: World, mailbox: Any) -> None:
    mailbox.answers = {"owner@one.example": ["450 later", "250 OK"]}
    mailer = Mailer(mailbox.url, "hello@hostread.example")
    world.figures(1, hours=50)
    queue_surveys(world.url)
    assert send_surveys(world.url, mailer, LINKS).counts == {"pending": 1}
    assert send_surveys(world.url, mailer, LINKS).counts == {"sent": 1}
    survey = world.execute("select survey_id from ops.survey_mails")[0][0]
    assert mailbox.messages[0][1]["Message-ID"] == f"<survey-{survey}@hostread.example>"
    assert send_surveys(world.url, Mailer(None, "x@y.example"), LINKS).counts == {}
