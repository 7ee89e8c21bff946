"""Mails of accounts (confirmations, new passwords, invitations) by a postman that is killed at random points.

What was queued is mailed, what is repeated bears the same Message-ID and the same link, the link opens, and a name that would add a
header stops its own letter alone. Where a postman dies is drawn from a seed; HOSTREAD_MAILER_KILLS=50 is the long form. A lease
lasts five minutes: the test lets them pass.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg

from api.auth.members import invite
from api.auth.principals import Principal
from api.auth.recovery import use_token
from api.auth.registration import register
from api.database import AppDatabase
from api.mail.postman import queue_letter

KILLS = int(os.environ.get("HOSTREAD_MAILER_KILLS", "5"))
SEED = int(os.environ.get("HOSTREAD_MAILER_SEED", "20261122"))
INJECTING = "x@sponsor.example\r\nBcc: all@sponsor.example"
HEADERS = "Light\r\nBcc: all@sponsor.example\r\n\r\nhouse"
RUN = """
import sys
from api.auth.letters import LIFETIMES, writer
from api.database import AppDatabase
from api.mail.postman import Postman
url, smtp_url = sys.argv[1:3]
database = AppDatabase(url)
postman = Postman(smtp_url, "hello@hostread.example", "s" * 32, database.transaction, writer("https://here.example"), LIFETIMES)
print("ready", flush=True)
while postman.send_next():
    pass
database.close()
"""


def queue(database: AppDatabase, owner: Principal, number: int) -> dict[UUID, str]:
    """One more of each kind, with a new login, and an invitation of an address that would add a header."""
    email = f"person{number}@sponsor.example"
    register(
        database, email=email, password="correct horse battery", display_name=HEADERS, organisation=HEADERS, currency="USD",
        timezone="UTC",
    )  # fmt: skip
    letters = {uuid4(): ("verify", email), uuid4(): ("reset", email)}
    with database.transaction() as c:
        for letter_id, (kind, to) in letters.items():
            queue_letter(c, letter_id, kind, to)
    with database.tenant(owner.tenant_id) as c:
        for to in (f"guest{number}@sponsor.example", f"{number}{INJECTING}"):
            letter_id = uuid4()
            made = invite(c, owner, to, "analyst", None, f"token {letter_id}", is_by_mail=True)
            queue_letter(c, letter_id, "invitation", to, made.invitation_id)
            letters[letter_id] = ("invitation", to)
    return {letter_id: to for letter_id, (_, to) in letters.items()}


def test_kills_of_the_postman_miss_no_letter_and_repeat_none_with_another_link(
    database_url: str, mailbox: Any, make_killer: Callable[..., Any]
) -> None:
    database = AppDatabase(database_url)
    first = register(
        database, email="owner@night.example", password="correct horse battery", display_name="O", organisation=HEADERS,
        currency="USD", timezone="UTC",
    )  # fmt: skip
    owner = Principal(first.tenant_id, "owner", "user", first.user_id, first.user_id)
    queued: dict[UUID, str] = {}

    def more() -> list[str]:
        queued.update(queue(database, owner, len(queued)))
        with psycopg.connect(database_url) as c:
            # The five minutes of a lease are over: its holder is dead.
            c.execute("update app.letters set next_attempt_at = now()")
        return [database_url, mailbox.url]

    killer = make_killer(RUN, more, seed=SEED, most=4)
    killer.run_whole()
    while len(killer.deaths) < KILLS:
        killer.kill_next()
    killer.run_whole()
    with psycopg.connect(database_url) as c:
        assert c.execute("select kind, email, attempt_count from app.letters").fetchall() == [], killer.deaths
        refused = c.execute("select email from app.invitations where sent_at is null").fetchall()
    injecting = {to.lower() for to in queued.values() if "\r\n" in to}
    assert injecting and {to for (to,) in refused} == injecting, "what injects stops itself, and says so to its account"
    expected = {
        (f"<letter-{letter_id.hex}@hostread.example>", to) for letter_id, to in queued.items() if to.lower() not in injecting
    }
    received = Counter((message["Message-ID"], to) for to, message in mailbox.messages)
    assert set(received) == expected, f"a letter was missed, or went to somebody else: {killer.deaths}"
    repeats = sum(received.values()) - len(received)
    print(f"{len(killer.deaths)} kills, {len(expected)} letters, {repeats} repeated")  # noqa: T201
    assert repeats <= len(killer.deaths), killer.deaths
    texts = defaultdict(set)
    for _, message in mailbox.messages:
        texts[message["Message-ID"]].add(message.get_content())
        assert message["Bcc"] is None and "\n" not in message["Subject"]
    assert {len(said) for said in texts.values()} == {1}, "a letter that is sent again says the same"
    resets = [one for said in texts.values() for one in said if "/reset?token=" in one]
    assert len(resets) == len(queued) / 4
    for text in resets:
        (token,) = re.findall(r"/reset\?token=(\S+)", text)
        assert use_token(database, token, "reset", "another horse battery").startswith("person"), "its link opens"
    database.close()
