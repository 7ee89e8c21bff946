"""The reports' database, with a weekly schedule; and what kills a mailer at a drawn point."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.delivery.queue import prepare_reports
from assets.lib.clock import now

MARTS = Path(__file__).parents[1] / "reports" / "marts.sql"


@pytest.fixture
def sponsor_url(database_url: str) -> str:
    """Reports' database with a schedule of tenant 1's sponsor for one recipient."""
    with psycopg.connect(database_url) as owner:
        owner.execute(MARTS.read_text("utf-8"))
    schedule(database_url, ["jane@sponsor.example"])
    return database_url


def store_reports(url: str) -> None:
    """The week's reports as the worker would have stored and the gate let through, with small files: for tests of mail alone."""
    header = "section,figure_id,label,dimension,value,unit,currency,build_id\r\n"
    prepare_reports(url, now())
    with psycopg.connect(url) as owner:
        owner.execute("update app.reports set status = 'succeeded', finished_at = now() where status = 'requested'")
        for kind, content in (("pdf", b"%PDF-1.4 small"), ("csv", header.encode("utf-8-sig"))):
            owner.execute(
                "insert into app.report_files (tenant_id, report_id, format, filename, media_type, content, sha256) "
                "select tenant_id, report_id, %s, 'report.' || %s, 'application/octet-stream', %s, '' from app.reports",
                [kind, kind, content],
            )
        owner.execute("update ops.report_issues set status = 'ready'")


@pytest.fixture
def queued() -> Callable[[str], None]:
    return store_reports


def schedule(url: str, recipients: list[str]) -> None:
    with psycopg.connect(url) as owner:
        owner.execute(
            "insert into app.report_schedules (tenant_id, sponsor_id, timezone, recipients) "
            "values (1, 'a0000000-0000-4000-8000-000000000001', 'America/New_York', %s) "
            "on conflict (tenant_id, sponsor_id, cadence) do update set recipients = excluded.recipients",
            [recipients],
        )


@dataclass
class Killer:
    """Starts `program` with the arguments that `next_arguments` gives, and ends it at a point drawn from `chance`: after a share of
    the time that a run takes, or at one of the first `most` commands of one kind that it says to the mail server."""

    program: str
    next_arguments: Callable[[], list[str]]
    mailbox: Any
    chance: random.Random
    most: int
    # How long a run that nobody kills takes, in seconds.
    length_s: float = 0.0
    # Where each killed run died, for the message of a test that fails.
    deaths: list[str] = field(default_factory=list)

    def run_whole(self) -> None:
        began = time.monotonic()
        with self._started() as process:
            assert process.wait(300) == 0
        self.length_s = time.monotonic() - began

    def kill_next(self) -> None:
        """A run that dies at a drawn point; one that ends before its death comes is no kill."""
        command = self.chance.choice([None, None, "RCPT", "DATA"])
        share, count = self.chance.random(), self.chance.randint(1, self.most)
        with self._started() as process:
            if command is None:
                time.sleep(share * self.length_s)
                end(process)
            else:
                self.mailbox.before = self._at_command(process, command, count)
            process.wait(300)
        self.mailbox.before = lambda _: None
        assert process.returncode in (0, -signal.SIGKILL), f"found a run that failed with {process.returncode}"
        if process.returncode:
            self.deaths.append(f"{command} {count}" if command else f"{share:.3f} of a run")

    @staticmethod
    def _at_command(process: subprocess.Popen[str], command: str, count: int) -> Callable[[str], None]:
        left = [count]

        def before(said: str) -> None:
            left[0] -= said == command
            if left[0] == 0:
                end(process)

        return before

    @contextlib.contextmanager
    def _started(self) -> Iterator[subprocess.Popen[str]]:
        arguments = [sys.executable, "-c", self.program, *self.next_arguments()]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process


def end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
def make_killer(mailbox: Any) -> Callable[..., Killer]:
    """A killer of one seed: the same seed draws the same points."""

    def make(program: str, next_arguments: Callable[[], list[str]], *, seed: int, most: int) -> Killer:
        return Killer(program, next_arguments, mailbox, random.Random(seed), most)  # noqa: S311 - a test's

    return make
