"""The reports' database, with a weekly schedule."""

from collections.abc import Callable
from pathlib import Path

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
    """The week's reports as the worker would have stored them, with small files: for tests of the mail and not of the report."""
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
