"""The report worker against a real database: claims, what it stores, and what dying in the middle leaves behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from uuid import UUID

import psycopg
import pytest

from api.marts.figures import campaign_figures, figures_sha256
from api.marts.warehouse import Warehouse
from api.reports import worker
from api.reports.csv import render_csv
from api.reports.figures import build_document
from api.reports.worker import render_next, run_worker

RUNNING, OVER, HOSTILE = (UUID(f"c0000000-0000-4000-8000-00000000000{n}") for n in (1, 2, 4))


def request(url: str, campaign: UUID, tenant: int = 1, *, is_final: bool = False) -> UUID:
    with psycopg.connect(url) as owner:
        row = owner.execute(
            "insert into app.reports (tenant_id, campaign_id, is_final) values (%s, %s, %s) returning report_id",
            [tenant, campaign, is_final],
        ).fetchone()
    assert row
    return row[0]


def one(url: str, query: str, *values: object) -> tuple:
    with psycopg.connect(url) as owner:
        row = owner.execute(query, values).fetchone()
    assert row
    return row


def test_a_request_becomes_three_files_of_one_build(marts_url: str) -> None:
    report = request(marts_url, RUNNING)
    assert render_next(marts_url) is True
    assert render_next(marts_url) is False
    status, build, digest, error = one(
        marts_url, "select status, build_id::text, figures_sha256, error from app.reports where report_id = %s", report
    )
    assert (status, build, error) == ("succeeded", "e0000000-0000-4000-8000-000000000001", None)
    with Warehouse(marts_url) as warehouse, warehouse.tenant(1) as reader:
        figures = campaign_figures(reader, RUNNING)
    assert digest == figures_sha256(figures)
    with psycopg.connect(marts_url) as owner:
        files = dict(owner.execute("select format, content from app.report_files where report_id = %s", [report]).fetchall())
        events = owner.execute("select event_name, properties->>'report_id' from app.product_events").fetchall()
    assert set(files) == {"pdf", "csv", "xlsx"}
    read_at = b"methods.read_at"
    expected = [line for line in render_csv(build_document(figures)).splitlines() if read_at not in line]
    assert [line for line in bytes(files["csv"]).splitlines() if read_at not in line] == expected
    assert events == [("report.generated", str(report))]


def test_a_hostile_name_of_another_tenant_is_rendered_in_its_own_tenant(marts_url: str) -> None:
    report = request(marts_url, HOSTILE, tenant=2)
    assert render_next(marts_url)
    assert one(marts_url, "select status, error from app.reports where report_id = %s", report) == ("succeeded", None)
    assert one(marts_url, "select distinct tenant_id from app.report_files") == (2,)


def test_the_final_report_of_an_ended_flight_completes_the_campaign_once(marts_url: str) -> None:
    for _ in range(2):
        request(marts_url, OVER, is_final=True)
        assert render_next(marts_url)
    assert one(marts_url, "select status from app.campaigns where campaign_id = %s", OVER) == ("completed",)
    assert one(marts_url, "select count(*), min(to_status), min(from_status) from app.campaign_status_history") == (
        1,
        "completed",
        "active",
    )
    assert one(marts_url, "select count(*) from app.product_events where event_name = 'campaign.completed'") == (1,)


def test_a_final_report_of_a_running_flight_completes_nothing_and_says_interim(marts_url: str) -> None:
    report = request(marts_url, RUNNING, is_final=True)
    assert render_next(marts_url)
    assert one(marts_url, "select status from app.campaigns where campaign_id = %s", RUNNING) == ("active",)
    content = one(marts_url, "select content from app.report_files where report_id = %s and format = 'csv'", report)[0]
    assert b"methods.edition,Edition,,interim" in bytes(content)


def test_without_a_build_the_report_fails_with_what_to_do(database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("insert into app.tenants (slug, name) values ('one', 'One')")
        owner.execute("insert into app.sponsors (sponsor_id, tenant_id, name) values (%s, 1, 'S')", [RUNNING])
        owner.execute(
            "insert into app.campaigns (campaign_id, tenant_id, sponsor_id, name, currency, flight_start, flight_end) "
            "values (%s, 1, %s, 'C', 'USD', '2026-01-01', '2026-02-01')", [RUNNING, RUNNING],
        )  # fmt: skip
    report = request(database_url, RUNNING)
    assert render_next(database_url)
    status, error = one(database_url, "select status, error from app.reports where report_id = %s", report)
    assert status == "failed"
    assert one(database_url, "select count(*) from app.product_events where event_name = 'report.failed'") == (1,)
    assert "no published build" in error
    assert "hostread run" in error


def test_one_report_that_cannot_be_drawn_does_not_stop_the_next(marts_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = request(marts_url, RUNNING), request(marts_url, OVER)
    real = worker.render_report
    monkeypatch.setattr(worker, "render_report", lambda f, **k: 1 / 0 if f.campaign.name == "Running" else real(f, **k))
    assert render_next(marts_url)
    assert render_next(marts_url)
    assert one(marts_url, "select status, error from app.reports where report_id = %s", first) == (
        "failed",
        "ZeroDivisionError: division by zero",
    )
    assert one(marts_url, "select status from app.reports where report_id = %s", second) == ("succeeded",)


def test_two_workers_render_each_request_once(marts_url: str) -> None:
    reports = [request(marts_url, RUNNING) for _ in range(6)]
    stop = threading.Event()
    workers = [threading.Thread(target=run_worker, args=(marts_url, stop)) for _ in range(2)]
    for thread in workers:
        thread.start()
    deadline = time.monotonic() + 60
    while one(marts_url, "select count(*) from app.reports where status <> 'succeeded'") != (0,) and time.monotonic() < deadline:
        time.sleep(0.1)
    stop.set()
    for thread in workers:
        thread.join(20)
    assert one(marts_url, "select count(*), max(attempt_count) from app.reports where status = 'succeeded'") == (len(reports), 1)
    assert one(marts_url, "select count(*) from app.product_events where event_name = 'report.generated'") == (len(reports),)


def test_a_worker_killed_in_the_middle_leaves_its_report_to_the_next_one(marts_url: str) -> None:
    report = request(marts_url, RUNNING)
    # A worker that hangs in rendering: killed there, it has claimed and stored nothing.
    script = (
        "import sys, time\nfrom api.reports import worker\n"
        "def hang(figures, **more):\n    print('rendering', flush=True)\n    time.sleep(60)\n"
        "worker.render_report = hang\nworker.render_next(sys.argv[1])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, marts_url], stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"rendering\n"
    assert one(marts_url, "select status from app.reports") == ("running",)
    assert render_next(marts_url) is False, "a report that is still being rendered is nobody else's"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 60
    while not render_next(marts_url) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert one(marts_url, "select status, attempt_count from app.reports where report_id = %s", report) == ("succeeded", 2)


def test_a_report_that_ends_every_worker_is_given_up(marts_url: str) -> None:
    request(marts_url, RUNNING)
    with psycopg.connect(marts_url) as owner:
        owner.execute("update app.reports set status = 'running', attempt_count = 5")
    assert render_next(marts_url) is False
    status, error = one(marts_url, "select status, error from app.reports")
    assert status == "failed"
    assert "5 attempts" in error


def test_a_held_build_is_said_in_the_report(marts_url: str) -> None:
    with psycopg.connect(marts_url) as owner:
        owner.execute(
            "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, run_id, finished_at, failed_checks) "
            "values (gen_random_uuid(), 'full', 'held', '1000', '1001', 't', now(), '[{\"name\": \"credits_sum_to_value\"}]')"
        )
    report = request(marts_url, RUNNING)
    assert render_next(marts_url)
    content = one(marts_url, "select content from app.report_files where report_id = %s and format = 'csv'", report)[0]
    assert b"credits_sum_to_value" in bytes(content)


def test_the_worker_process_renders_what_comes_and_ends_cleanly(marts_url: str) -> None:
    environment = {**os.environ, "HOSTREAD_DATABASE_URL": marts_url, "HOSTREAD_SECRET_KEY": "0123456789abcdef"}
    command = [sys.executable, "-m", "api.reports"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    report = request(marts_url, RUNNING)
    deadline = time.monotonic() + 60
    while one(marts_url, "select status from app.reports where report_id = %s", report) != ("succeeded",):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.terminate()
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert str(report).encode() in log
