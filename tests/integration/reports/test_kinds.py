"""A network summary and a post-campaign report against a real database: the files are the API's figures, and what was told and
is otherwise now is a numbered restatement."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import openpyxl
import psycopg
import pytest

from api.marts.outcome import campaign_outcome
from api.marts.summary import network_summary
from api.marts.warehouse import Warehouse
from api.reports.worker import render_next

OVER = UUID("c0000000-0000-4000-8000-000000000002")
TODAY = datetime.now(UTC).date()
FIRST, LAST = TODAY - timedelta(days=75), TODAY - timedelta(days=15)
Cells = dict[str, dict[str, str]]


def made(url: str, kind: str, campaign: UUID | None = None, sponsor: UUID | None = None, **more: object) -> tuple[UUID, Cells]:
    """Request, render, and read the CSV: figure_id to its row."""
    first, last = (FIRST, LAST) if kind in ("network", "value_review") else (None, None)
    with psycopg.connect(url) as owner:
        row = owner.execute(
            "insert into app.reports (tenant_id, kind, campaign_id, sponsor_id, period_start, period_end, language, "
            "infrastructure_cost, infrastructure_currency) values (1, %s, %s, %s, %s, %s, %s, %s, %s) returning report_id",
            [kind, campaign, sponsor, first, last, more.get("language", "en"), *more.get("cost", (None, None))],  # type: ignore[misc]
        ).fetchone()
    assert row
    assert render_next(url)
    assert one(url, "select status, error from app.reports where report_id = %s", row[0]) == ("succeeded", None)
    content = one(url, "select content from app.report_files where report_id = %s and format = 'csv'", row[0])[0]
    rows = csv.DictReader(io.StringIO(bytes(content).decode("utf-8-sig"), newline=""))
    return row[0], {found["figure_id"]: found for found in rows}


def one(url: str, query: str, *values: object) -> tuple:
    with psycopg.connect(url) as owner:
        found = owner.execute(query, values).fetchone()
    assert found
    return found


def test_a_network_summary_says_what_the_api_says_cell_by_cell(marts_url: str) -> None:
    report, cells = made(marts_url, "network")
    with Warehouse(marts_url) as warehouse, warehouse.tenant(1) as reader:
        summary = network_summary(reader, FIRST, LAST)
    results = (
        [(f"totals.{t.spend.currency}", t) for t in summary.totals]
        + [(f"totals.{t.spend.currency}.before", t.before) for t in summary.totals]
        + [(f"campaigns.{c.campaign_id}.{c.spend.currency}", c) for c in summary.campaigns]
        + [(f"shows.{s.show_id}.{s.spend.currency}", s) for s in summary.shows]
        + [(f"daily.{d.spend.currency}.{d.day}", d) for d in summary.days]
    )
    assert len(summary.campaigns) == 2 and len(summary.shows) == 2 and len(summary.days) > 30, "two campaigns ran in these days"
    for key, found in results:
        assert found is not None
        for name, value in (
            ("ads_delivered", found.ads_delivered), ("spend", found.spend.amount), ("conversions", found.conversions),
            ("revenue", found.revenue.amount), ("roas", Decimal(repr(found.roas))),
        ):  # fmt: skip
            assert Decimal(cells[f"{key}.{name}"]["value"]) == Decimal(value), (key, name)
    for model in summary.models:
        assert Decimal(cells[f"attribution.{model.model}.USD.revenue"]["value"]) == model.revenue.amount
    assert sum(c.revenue.amount for c in summary.campaigns) == summary.totals[0].revenue.amount
    assert sum(d.spend.amount for d in summary.days) == summary.totals[0].spend.amount
    content = one(marts_url, "select content from app.report_files where report_id = %s and format = 'xlsx'", report)[0]
    sheet = openpyxl.load_workbook(io.BytesIO(bytes(content)))["Campaigns"]
    in_sheet = {tuple(row[3:5]) for row in sheet.iter_rows(values_only=True)}
    assert {(c.ads_delivered, float(c.spend.amount)) for c in summary.campaigns} <= in_sheet


def test_a_summary_of_days_without_anything_says_so_and_renders(marts_url: str) -> None:
    with psycopg.connect(marts_url) as owner:
        owner.execute("delete from marts.campaign_spend_daily")
        owner.execute("delete from marts.campaign_attribution_daily")
    _, cells = made(marts_url, "network")
    assert cells["headline.ads_delivered"]["value"] == "0" and cells["headline.roas"]["value"] == "not identifiable (no spend)"


def test_a_value_review_tells_nps_cost_and_saving_of_its_own_account_alone(marts_url: str) -> None:
    """The faults: another account's answers in it, or a cost that is not this account's part of the whole."""
    month, answers = (
        LAST.replace(day=1),
        "nps_answers, promoters, detractors, satisfaction_answers, satisfaction_sum, technical_issues",
    )
    columns = ", ".join(f"{name.strip()} bigint" for name in answers.split(","))
    with psycopg.connect(marts_url) as owner:
        owner.execute("update app.tenants set former_cost_minor = 90000, former_cost_currency = 'USD', created_at = '2020-01-01'")
        owner.execute(f"create table marts.customer_success (tenant_id integer, {columns})")
        owner.execute(
            "create table marts.customer_success_weekly (tenant_id integer, week date, accepted_count bigint, active_users bigint, "
            f"created_campaigns bigint, generated_reports bigint, {columns})"
        )
        owner.execute("create table marts.customer_volumes_monthly (tenant_id integer, month date, accepted_count bigint)")
        owner.execute("insert into marts.customer_success values (1, 4, 3, 1, 2, 15, 0), (2, 9, 0, 9, 9, 9, 9)")
        owner.execute(
            "insert into marts.customer_success_weekly values (1, %(at)s, 70, 2, 1, 1, 1, 1, 0, 1, 9, 0), "
            "(2, %(at)s, 900, 2, 1, 1, 1, 0, 1, 1, 1, 0), (1, %(at)s - 400, 7, 1, 1, 1, 0, 0, 0, 0, 0, 0)",
            {"at": LAST - timedelta(days=LAST.weekday())},
        )
        owner.execute("insert into marts.customer_volumes_monthly values (1, %(m)s, 1000), (2, %(m)s, 3000)", {"m": month})
    _, cells = made(marts_url, "value_review", cost=(Decimal(400), "USD"))
    assert cells["sentiment.nps"]["value"] == "50.0" and cells["sentiment.satisfaction"]["value"] == "7.5"
    weeks = {row["dimension"] for id_, row in cells.items() if id_.endswith(".people")}
    assert weeks == {(LAST - timedelta(days=LAST.weekday())).isoformat()}
    assert cells[f"sentiment.{min(weeks)}.events"]["value"] == "70"
    key = f"economics.{month:%Y-%m}"
    assert cells[f"{key}.events"]["value"] == "1000"
    cost, former, saving = (Decimal(cells[f"{key}.{name}"]["value"]) for name in ("cost", "former_cost", "saving"))
    # A quarter of 400 against 900, as far as the month has come; each is rounded to the cent of its own.
    assert 0 < cost <= 100 and abs(former - cost * 9) <= Decimal("0.05") and abs(saving - (former - cost)) <= Decimal("0.01")
    assert cells["headline.ads_delivered"]["value"] != "0"
    _, unstated = made(marts_url, "value_review")
    assert unstated[f"{key}.cost"]["value"] == "not stated" == unstated[f"{key}.saving"]["value"]


def test_a_post_campaign_report_sets_the_promise_against_the_outcome(marts_url: str) -> None:
    _, cells = made(marts_url, "post_campaign", OVER)
    with Warehouse(marts_url) as warehouse, warehouse.tenant(1) as reader:
        outcome = campaign_outcome(reader, OVER)
    total = outcome.total
    assert outcome.is_over and total.verdict == "short", "the contract of this world is larger than what is delivered"
    assert int(cells["promise.contracted_ads"]["value"]) == total.contracted_ads
    assert int(cells["promise.difference"]["value"]) == total.ads_delivered - (total.contracted_ads or 0) < 0
    assert Decimal(cells["promise.promised_spend"]["value"]) == Decimal("500.00"), "20,000 ads at a CPM of 25.00"
    for p in outcome.placements:
        assert int(cells[f"promise.placement.{p.placement_id}.ads_delivered"]["value"]) == p.ads_delivered
    assert sum(int(cells[f"promise.week.{w.first_day}.ads_delivered"]["value"]) for w in outcome.weeks) == sum(
        w.ads_delivered for w in outcome.weeks
    )
    assert sum(w.due_ads or 0 for w in outcome.weeks) == pytest.approx(Decimal(20_000), abs=Decimal("0.05"))


def test_what_was_told_and_is_otherwise_now_is_a_numbered_restatement_with_its_cause(marts_url: str) -> None:
    first, before = made(marts_url, "campaign", OVER)
    again, same = made(marts_url, "campaign", OVER)
    assert [cells["methods.version"]["value"] for cells in (before, same)] == ["1", "1"]
    assert "restatement.version" not in same, "the same figures again restate nothing"
    day: date = TODAY - timedelta(days=80)
    with psycopg.connect(marts_url) as owner:
        owner.execute(
            "update marts.campaign_attribution_daily set revenue_minor = revenue_minor - 1000 where campaign_id = %s and day = %s",
            [OVER, day],
        )
        owner.execute(
            "insert into ops.restatement (tenant_id, campaign_id, day, model, currency, conversions_ppb_before, "
            "conversions_ppb_after, revenue_minor_before, revenue_minor_after, cause, build_id) "
            "values (1, %s, %s, 'linear', 'USD', 0, 0, 0, 0, 'late_event', gen_random_uuid())",
            [OVER, day],
        )
    restated, after = made(marts_url, "campaign", OVER)
    assert one(marts_url, "select version, restates_id from app.reports where report_id = %s", restated) == (2, again)
    changed = {
        row["dimension"]: row for id_, row in after.items() if id_.endswith(".difference") and id_.startswith("restatement.")
    }
    assert set(changed) == {day.isoformat()}
    assert {row["value"] for row in changed.values()} == {"-10.00"}
    assert {row["value"] for id_, row in after.items() if id_.endswith(".cause")} == {"events arrived late"}
    assert int(after["restatement.changed_figures"]["value"]) == 2, "by conversion date and by exposure date"
    _, repeated = made(marts_url, "campaign", OVER)
    assert repeated["restatement.version"]["value"] == "2", "made again, version 2 still says what it restated"
    filename = one(marts_url, "select filename from app.report_files where report_id = %s and format = 'pdf'", restated)[0]
    assert filename.endswith("-v2.pdf")
    assert one(marts_url, "select version from app.reports where report_id = %s", first) == (1,), "what was told stays as it was"


def test_another_subject_or_period_is_no_earlier_version(marts_url: str) -> None:
    """The fault: a summary of one sponsor that restates the one of all."""
    made(marts_url, "network")
    with psycopg.connect(marts_url) as owner:
        owner.execute("update marts.campaign_spend_daily set ads_delivered = ads_delivered + 1")
    _, of_sponsor = made(marts_url, "network", sponsor=UUID("a0000000-0000-4000-8000-000000000001"))
    assert of_sponsor["methods.version"]["value"] == "1"
    _, of_all = made(marts_url, "network")
    assert of_all["methods.version"]["value"] == "2"
    causes = {row["value"] for id_, row in of_all.items() if id_.endswith(".cause")}
    assert causes == {"no build recorded a cause"}
