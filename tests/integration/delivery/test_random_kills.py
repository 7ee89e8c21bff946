"""The whole delivery, killed at random points: nothing is missed, and what is repeated bears the same Message-ID.

A run does all of it: look what is due, request, render, prove, mail. Where it dies is drawn from a seed: a share of the time that a
run takes, or a command of its conversation with the mail server. Every run is of the next week, so that each has work of its own.
HOSTREAD_MAILER_KILLS=50 is the long form.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

KILLS = int(os.environ.get("HOSTREAD_MAILER_KILLS", "4"))
SEED = int(os.environ.get("HOSTREAD_MAILER_SEED", "20261122"))
PEOPLE = ["jane@sponsor.example", "joe@sponsor.example", "kim@sponsor.example"]
INJECTING = "x@sponsor.example\r\nBcc: all@sponsor.example"
RUN = """
import sys
from assets.delivery.outbox import Mailer, send_pending
from assets.delivery.queue import prepare_reports
from assets.delivery.releasing import release_issues
from assets.delivery.rendering import render_prepared
from assets.lib.clock import parse_instant
from api.mail.links import Links
import api.mail.report_message, api.reports.files
url, smtp_url, at = sys.argv[1:4]
print("ready", flush=True)
prepared = prepare_reports(url, parse_instant(at))
release_issues(url, prepared, render_prepared(url, prepared))
send_pending(url, Mailer(smtp_url, "reports@hostread.example", Links("https://reports.example", "s" * 32)))
"""


def test_kills_at_random_points_miss_no_report_and_repeat_none_with_another_message_id(
    sponsor_url: str, mailbox: Any, make_killer: Callable[..., Any]
) -> None:
    with psycopg.connect(sponsor_url) as owner:
        owner.execute("update app.report_schedules set recipients = %s", [[*PEOPLE, INJECTING]])
        owner.execute("update app.tenants set name = %s where tenant_id = 1", ["Light\r\nBcc: all@sponsor.example\r\n\r\nhouse"])
    runs: list[datetime] = []

    def next_week() -> list[str]:
        runs.append(datetime.now(UTC) + timedelta(days=7 * len(runs)))
        return [sponsor_url, mailbox.url, runs[-1].isoformat()]

    killer = make_killer(RUN, next_week, seed=SEED, most=len(PEOPLE))
    killer.run_whole()
    while len(killer.deaths) < KILLS:
        killer.kill_next()
    killer.run_whole()
    with psycopg.connect(sponsor_url) as owner:
        statuses = owner.execute("select status, count(*) from ops.report_issues group by status").fetchall()
        sent = owner.execute("select message_id, recipient, status from ops.deliveries").fetchall()
        weeks = owner.execute("select count(distinct period_start) from ops.report_issues").fetchone()
    assert weeks is not None
    assert weeks[0] >= len(runs), f"found {weeks[0]} weeks, expected {len(runs)}: a week was missed"
    assert statuses == [("ready", weeks[0])], killer.deaths
    expected = {f"<{key}@hostread.example>": recipient for key, recipient, _ in sent if recipient != INJECTING}
    assert {status for _, recipient, status in sent if recipient != INJECTING} == {"sent"}, killer.deaths
    assert {status for _, recipient, status in sent if recipient == INJECTING} == {"failed"}, "what injects stops itself"
    received = Counter((message["Message-ID"], recipient) for recipient, message in mailbox.messages)
    assert set(received) == set(expected.items()), f"a report was missed, or went to somebody else: {killer.deaths}"
    repeats = sum(received.values()) - len(received)
    print(f"{len(killer.deaths)} kills, {weeks[0]} weeks, {len(received)} messages, {repeats} repeated")  # noqa: T201
    assert repeats <= len(killer.deaths), killer.deaths
    assert max(received.values()) <= 1 + len(killer.deaths)
    assert all(message["Bcc"] is None and message["To"] == recipient for recipient, message in mailbox.messages)
