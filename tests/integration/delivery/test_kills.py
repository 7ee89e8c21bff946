"""Mailers that die or work side by side: nothing is missed, and what is repeated has the same Message-ID."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from assets.delivery.outbox import Mailer, send_pending

RUN = (
    "import sys\nfrom assets.delivery.outbox import Mailer, send_pending\n"
    "send_pending(sys.argv[1], Mailer(sys.argv[2], 'reports@hostread.example'))"
)


def recipients(url: str, count: int) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("update app.report_schedules set recipients = %s", [[f"person{n}@sponsor.example" for n in range(count)]])


def test_kills_of_the_mailer_lose_nothing_and_repeat_at_most_once_each(
    sponsor_url: str, mailbox: Any, queued: Callable[[str], None]
) -> None:
    recipients(sponsor_url, 8)
    queued(sponsor_url)
    running: list[subprocess.Popen[bytes]] = []
    # Where each mailer dies: the server has the recipient, or the whole message, and has not answered yet.
    deaths = ["DATA", "RCPT", "DATA", "RCPT", "DATA"]

    def kill(command: str) -> None:
        if deaths and command == deaths[0]:
            deaths.pop(0)
            with contextlib.suppress(ProcessLookupError):
                os.kill(running[-1].pid, signal.SIGKILL)

    mailbox.before = kill
    kills = len(deaths)
    for _ in range(kills + 1):
        running.append(subprocess.Popen([sys.executable, "-c", RUN, sponsor_url, mailbox.url]))
        running[-1].wait(60)
    assert [process.returncode for process in running] == [-signal.SIGKILL] * kills + [0]
    with psycopg.connect(sponsor_url) as owner:
        assert owner.execute("select status, count(*) from ops.deliveries group by status").fetchall() == [("sent", 8)]
    received = Counter(message["Message-ID"] for _, message in mailbox.messages)
    assert len(received) == 8
    assert sum(received.values()) - 8 <= kills
    assert len({(recipient, message["Message-ID"]) for recipient, message in mailbox.messages}) == 8


def test_two_mailers_at_once_send_each_message_once(sponsor_url: str, mailbox: Any, queued: Callable[[str], None]) -> None:
    recipients(sponsor_url, 10)
    queued(sponsor_url)
    mailer = Mailer(mailbox.url, "reports@hostread.example")
    threads = [threading.Thread(target=send_pending, args=(sponsor_url, mailer, lambda _: None)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(message["Message-ID"] for _, message in mailbox.messages).most_common(1)[0][1] == 1
    assert len(mailbox.messages) == 10
