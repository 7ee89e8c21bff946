"""The platform's health as its operators meet it, and pages that say themselves how long they took to load."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

EMAIL = "ada@lighthouse.example"


@pytest.fixture
def operator(visit: Any) -> Iterator[Any]:
    """The account's owner, who runs the platform as long as the test lasts."""
    visit.site.execute("insert into ops.operators (email) values (%s) on conflict do nothing", EMAIL)
    yield visit.sign_in()
    visit.site.execute("delete from ops.operators")


def loads(visit: Any, name: str) -> int:
    with psycopg.connect(visit.site.database_url) as connection:
        row = connection.execute(
            "select coalesce(sum(request_count), 0) from ops.served_minutes where kind = 'loads' and name = %s", [name]
        ).fetchone()
    return int(row[0]) if row else 0


def all_is_counted(visit: Any) -> None:
    """Waits for the server's next pulse, which adds up what it heard so far: pages of the test before, too."""
    deadline = time.monotonic() + 60
    with psycopg.connect(visit.site.database_url, autocommit=True) as connection:
        now = connection.execute("select clock_timestamp()").fetchone()
        while not connection.execute("select from ops.processes where kind = 'api' and seen_at > %s", now).fetchall():
            assert time.monotonic() < deadline, "found no pulse for a minute, expected one every five seconds"
            time.sleep(0.2)


def test_a_page_says_how_long_it_took_and_the_operator_sees_it(operator: Any) -> None:
    """A beacon that the content security policy stops, one that is refused, or one that names the address and not the page."""
    all_is_counted(operator)
    before = loads(operator, "/campaigns/{campaign_id}")
    operator.open("/campaigns/c0000000-0000-4000-8000-000000000001")
    deadline = time.monotonic() + 60
    while loads(operator, "/campaigns/{campaign_id}") == before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert loads(operator, "/campaigns/{campaign_id}") == before + 1
    page = operator.open("/monitoring?minutes=60")
    operator.wait_for_charts()
    row = page.get_by_role("row").filter(has_text="/campaigns/{campaign_id}")
    assert "ms" in row.last.inner_text() or " s" in row.last.inner_text()
    assert page.get_by_role("row").filter(has_text="API and dashboard").filter(has_text="alive").count() == 1
    assert operator.complaints == []


def test_an_open_alert_is_what_the_page_says_first(operator: Any) -> None:
    operator.site.execute(
        "insert into ops.platform_alerts (rule, subject, value, worst_value, threshold, detail) "
        "values ('api_latency', 'api', 2.5, 3.25, 2, 'slowest: <b>/v1/x</b>')"
    )
    page = operator.open("/monitoring")
    row = page.locator("#alerts tbody tr").first
    said = row.inner_text()
    assert "The API answers slowly" in said and "lasts" in said and "<b>/v1/x</b>" in said
    operator.site.execute("delete from ops.platform_alerts")
    assert operator.open("/monitoring").locator("#alerts").get_by_text("All is well").is_visible()


def test_who_does_not_run_the_platform_has_no_such_page(visit: Any) -> None:
    page = visit.sign_in().open("/monitoring")
    assert page.get_by_role("navigation", name="Main").get_by_text("Monitoring").count() == 0
    assert page.get_by_text("found no such page").count() == 1
