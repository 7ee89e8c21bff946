"""Customers in a real browser: figures of the API, an issue from the form to its closing, a cost, and a survey without a login."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from api.mail.survey_links import SurveyLink, SurveyLinks

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dashboard")]


def test_what_was_measured_stands_beside_its_target(visit: Any) -> None:
    """A page that shows another figure than the API, or a target without its denominator."""
    page = visit.sign_in().open("/customers")
    visit.wait_for_charts()
    [customer] = visit.site.get("/v1/customers")["items"]
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=customer["name"]))
    expect(row).to_contain_text(f"{customer['accepted_events']:,}")
    exact = next(t for t in visit.site.get("/v1/success/targets")["targets"] if t["name"] == "attribution_accuracy_deterministic")
    shown = page.locator(f"[data-target='{exact['title']}']")
    expect(shown).to_contain_text(f"{exact['numerator']:,.0f} of {exact['denominator']:,.0f}")
    expect(shown).to_contain_text("Met")
    expect(page.locator("[data-target='Saving against the former cost']")).to_contain_text("Not measured")
    assert visit.complaints == []


def test_an_issue_is_told_shown_and_closed(visit: Any) -> None:
    """Words that become markup, an empty answer that is taken, an issue that nobody can close."""
    page = visit.sign_in().open("/feedback")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#comment-error")).to_contain_text("Give a score, or write something")
    # The browser tells of every answer that is no success.
    visit.complaints.clear()
    page.get_by_label("How likely is it").select_option("3")
    page.get_by_label("What should we know?").fill("<b>The export</b> stops")
    page.get_by_label("Does something not work?").select_option("true")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    page = visit.open("/customers")
    expect(page.locator("[data-alert=technical_issue]")).to_have_count(1)
    page.get_by_role("row").filter(has_text="since").get_by_role("link").click()
    expect(page.get_by_text("<b>The export</b> stops")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("status")).to_contain_text("The issue is closed")
    expect(page.locator("[data-alert=technical_issue]")).to_contain_text("closed")
    visit.wait_for_charts()
    assert visit.complaints == []


def test_a_former_cost_is_stated_and_a_wrong_one_is_told(visit: Any) -> None:
    page = visit.sign_in().open("/customers")
    page.get_by_role("row").filter(has_text="since").get_by_role("link").click()
    page.get_by_label("What it paid a month before").fill("1.234")
    page.get_by_role("button", name="State it").click()
    expect(page.locator("#former_monthly_cost-error")).to_contain_text("at most 2 digits")
    page.get_by_label("What it paid a month before").fill("900")
    page.get_by_role("button", name="State it").click()
    expect(page.get_by_role("status")).to_contain_text("stated")
    expect(page.get_by_label("What it paid a month before")).to_have_value("900.00")
    page.get_by_label("What it paid a month before").fill("")
    page.get_by_role("button", name="State it").click()
    expect(page.get_by_label("What it paid a month before")).to_have_value("")


def test_a_survey_takes_one_answer_from_whoever_has_its_link(visit: Any) -> None:
    """A link that needs a login, opens twice, or is of another key."""
    ends = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    with psycopg.connect(visit.site.database_url) as owner:
        owner.execute("delete from ops.survey_mails")
        row = owner.execute(
            "insert into ops.survey_mails (tenant_id, recipient, expires_at) values (%s, 'ada@lighthouse.example', %s) "
            "returning survey_id",
            [visit.site.tenant_id, ends],
        ).fetchone()
    assert row is not None
    link = SurveyLink(visit.site.tenant_id, row[0], ends)
    path = SurveyLinks("", "browser-tests-only-secret").of(link)
    page = visit.open(path)
    page.get_by_label("How satisfied are you?").select_option("9")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you for your answer")
    assert visit.complaints == []
    for closed in (path, SurveyLinks("", "another-secret-entirely").of(link), "/survey"):
        expect(visit.open(closed).get_by_role("alert")).to_contain_text("opens no survey any more")
    with psycopg.connect(visit.site.database_url) as owner:
        stored = owner.execute(
            "select satisfaction_score, source from app.customer_feedback where survey_id = %s", [row[0]]
        ).fetchall()
        assert stored == [(9, "survey")]
        owner.execute("delete from app.customer_feedback where survey_id = %s", [row[0]])
        owner.execute("delete from ops.survey_mails")
