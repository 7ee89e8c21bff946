"""A verdict on saturation that changed: one mail an owner for all of them, each once, and none of a first verdict."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest

from assets.delivery.outbox import Mailer
from assets.delivery.saturation_alerts import refresh_verdicts
from assets.delivery.verdict_mail import send_verdict_mails

SPONSOR, SHOWS = UUID(int=1), (UUID(int=0xB1), UUID(int=0xB2))
OWNERS = ["owner@one.example", "second@one.example"]
MARTS = """
create table marts.saturation_curves (
    tenant_id integer, sponsor_id uuid, show_id uuid, basis text, currency text, window_name text, verdict text, reason text,
    spend_minor float8, saturated_probability float8, unsaturated_probability float8, fit_day date
);
alter table marts.saturation_curves owner to hostread_transform;
"""


class World:
    """Two shows of one sponsor, and what a build says of each."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.execute("insert into app.tenants (slug, name) values ('one', 'One'), ('two', 'Two')")
        self.execute("insert into app.sponsors (tenant_id, sponsor_id, name) values (1, %s, 'Northwind\r\nBcc: x@x')", SPONSOR)
        for number, show in enumerate(SHOWS):
            self.execute(
                "insert into app.shows (tenant_id, show_id, title, feed_url) values (1, %s, %s, %s)",
                show, f"Show {number}", f"https://feeds.test/{number}",
            )  # fmt: skip
        for tenant, email, role in (
            (1, OWNERS[0], "owner"), (1, OWNERS[1], "owner"), (1, "reader@one.example", "analyst"),
            (2, "owner@two.example", "owner"),
        ):  # fmt: skip
            self.execute("insert into app.users (tenant_id, email, role) values (%s, %s, %s)", tenant, email, role)
        self.execute(MARTS)
        self.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
            "values (gen_random_uuid(), 'full', '1', '2', now())"
        )

    def execute(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def build(self, *verdicts: str, mail: bool = True) -> int:
        """What a build says of the shows; how many verdicts changed by it."""
        self.execute("delete from marts.saturation_curves")
        for show, verdict in zip(SHOWS, verdicts, strict=True):
            self.execute(
                "insert into marts.saturation_curves values (1, %s, %s, 'books', 'USD', 'stacked', %s, %s, 123456, 0.9, 0.1, %s)",
                SPONSOR, show, verdict, f"it is {verdict} by the curve", date(2026, 6, 1),
            )  # fmt: skip
        return len(refresh_verdicts(self.url, is_mail_wanted=mail))


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    yield World(database_url)


def test_each_owner_hears_once_of_all_that_changed(world: World, mailbox: Any) -> None:
    mailer = Mailer(mailbox.url, "alerts@hostread.example")
    assert world.build("saturating", "unsaturated") == 0
    send_verdict_mails(world.url, mailer)
    assert mailbox.messages == [], "a first verdict is news to nobody"
    assert world.build("saturated", "saturating") == 2
    for _ in range(2):
        assert world.build("saturated", "saturating") in (0, 2)
        send_verdict_mails(world.url, mailer)
    assert sorted(recipient for recipient, _ in mailbox.messages) == OWNERS
    message = mailbox.messages[0][1]
    assert message["Subject"] == "2 verdicts on saturation have changed"
    body = message.get_content()
    assert "Show 0 for Northwind Bcc: x@x, by the imported books: saturated, was saturating" in " ".join(body.split())
    assert "at $1,234.56 a week" in body and "It is saturating by the curve." in " ".join(body.split())
    assert world.execute("select status, attempt_count from ops.verdict_mails") == [("sent", 1)] * 4


def test_a_single_change_is_the_subject_and_a_later_one_another_mail(world: World, mailbox: Any) -> None:
    mailer = Mailer(mailbox.url, "alerts@hostread.example")
    world.build("saturating", "unsaturated")
    for verdict in ("saturated", "saturating"):
        world.build(verdict, "unsaturated")
        assert send_verdict_mails(world.url, mailer).counts == {"sent": 2}
    subjects = [message["Subject"] for recipient, message in mailbox.messages if recipient == OWNERS[0]]
    assert subjects == [f"Show 0 for Northwind Bcc: x@x is {verdict}" for verdict in ("saturated", "saturating")]
    assert len({message["Message-ID"] for _, message in mailbox.messages}) == 4
    assert all(message["Bcc"] is None for _, message in mailbox.messages)


def test_without_a_mail_server_nothing_waits_for_one(world: World, mailbox: Any) -> None:
    world.build("saturating", "unsaturated")
    assert world.build("saturated", "unsaturated", mail=False) == 1
    assert send_verdict_mails(world.url, Mailer(None, "alerts@hostread.example")).counts == {}
    send_verdict_mails(world.url, Mailer(mailbox.url, "alerts@hostread.example"))
    assert mailbox.messages == []


def test_what_the_server_puts_off_is_told_later_and_a_refusal_is_kept(world: World, mailbox: Any) -> None:
    mailbox.answers = {OWNERS[0]: ["450 later", "250 OK"], OWNERS[1]: ["550 nobody"]}
    world.build("saturating", "unsaturated")
    world.build("saturated", "unsaturated")
    mailer = Mailer(mailbox.url, "alerts@hostread.example")
    assert send_verdict_mails(world.url, mailer).counts == {"pending": 1, "failed": 1}
    assert send_verdict_mails(world.url, mailer).counts == {"sent": 1}
    assert [recipient for recipient, _ in mailbox.messages] == [OWNERS[0]]
    assert send_verdict_mails(world.url, mailer).counts == {}
