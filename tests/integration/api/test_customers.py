"""Customers and what they say: who sees whom, the onboarding clock, scores, unit economics, targets and technical issues."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

FIGURES: dict[str, Any] = {
    "accepted_count": 1_000, "campaigns": 2, "reported_campaigns": 1, "nps_answers": 4, "promoters": 3, "detractors": 1,
    "nps_score": 50.0, "satisfaction_answers": 2, "satisfaction_sum": 15, "satisfaction_score": 7.5, "technical_issues": 0,
    "is_data_error": False, "is_nps_alert": False, "is_satisfaction_alert": False,
}  # fmt: skip
BEGUN = datetime(2026, 1, 10, tzinfo=UTC)


@contextmanager
def person(base_url: str, email: str, password: str) -> Iterator[httpx.Client]:
    """Somebody who is signed in, with the form token of the session."""
    with httpx.Client(base_url=base_url, timeout=60) as client:
        answer = client.post("/v1/sessions", json={"email": email, "password": password})
        assert answer.status_code == 201, answer.text
        client.headers["X-CSRF-Token"] = client.get("/v1/me").json()["csrf_token"]
        yield client


def customer_of(client: httpx.Client, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.get("/v1/customers").json()["items"]
    return next(one for one in found if one["name"] == name)


def names(client: httpx.Client) -> list[str]:
    return [one["name"] for one in client.get("/v1/customers").json()["items"]]


def figures(url: str, tools: Any, tenant_id: int, **changes: Any) -> None:
    row = {"account_at": BEGUN, "first_event_at": BEGUN + timedelta(minutes=4), "onboarding_s": 240.0, **FIGURES, **changes}
    tools.insert(url, "marts.customer_success", tenant_id=tenant_id, **row)


def test_an_owner_sees_itself_an_agency_its_accounts_and_who_runs_the_platform_all(
    account: Any, stranger: Any, base_url: str, database_url: str, tools: Any, published: str
) -> None:
    """A list of customers that forgot whom one looks after, or a key that inherits what its maker is elsewhere."""
    assert published
    assert names(account.http) == ["ours network"] and names(stranger.http) == ["theirs network"]
    with person(base_url, account.email, tools.PASSWORD) as agency:
        entry = {"organisation": "A client", "currency": "EUR", "former_monthly_cost": "900"}
        made = agency.post("/v1/customers", json=entry)
        assert made.status_code == 201, made.text
        assert made.json()["former_monthly_cost"] == {"amount": "900.00", "currency": "EUR"}
        assert names(agency) == ["A client", "ours network"]
        client_id = made.json()["customer_id"]
        assert agency.get(f"/v1/customers/{client_id}/metrics").status_code == 200
        assert names(account.http) == ["ours network"], "the key of one account stays in it"
        review = agency.post(f"/v1/customers/{client_id}/value-review")
        assert review.status_code == 202, review.text
        last_day = date.fromisoformat(review.json()["period_end"])
        days = (last_day - date.fromisoformat(review.json()["period_start"])).days + 1
        assert (review.json()["kind"], days, last_day.weekday()) == ("value_review", 14, 6) and last_day < datetime.now(UTC).date()
        listed = agency.get("/v1/reports", headers={"X-Hostread-Tenant": made.json()["slug"]}).json()["items"]
        assert [one["report_id"] for one in listed] == [review.json()["report_id"]], "it is the customer's, not the agency's"
        for path in ("", "/metrics", "/feedback"):
            foreign = stranger.http.get(f"/v1/customers/{client_id}{path}")
            absent = stranger.http.get(f"/v1/customers/{uuid4()}{path}")
            assert (foreign.status_code, absent.status_code) == (404, 404)
        theirs = customer_of(stranger.http, "theirs network")["customer_id"]
        assert agency.post(f"/v1/customers/{theirs}/feedback", json={"nps_score": 1}).status_code == 404
        assert agency.patch(f"/v1/customers/{theirs}", json={"former_monthly_cost": "1"}).status_code == 404
        with psycopg.connect(database_url) as owner:
            owner.execute("insert into ops.operators (email) values (%s)", [account.email])
        assert names(agency) == ["A client", "ours network", "theirs network"]
        assert agency.patch(f"/v1/customers/{theirs}", json={"former_monthly_cost": "1"}).status_code == 200
        assert agency.post(f"/v1/customers/{theirs}/value-review").status_code == 403, "who runs the platform reads no reports"
        assert names(account.http) == ["ours network"], "the key of an operator is of one account too"
    assert stranger.http.get("/v1/customers").json()["items"][0]["former_monthly_cost"]["amount"] == "1.00"
    assert account.http.post("/v1/customers", json=entry).status_code == 409, "a key opens no account"


def test_the_database_shows_a_member_of_elsewhere_nothing(account: Any, stranger: Any, database_url: str, published: str) -> None:
    """The function that passes the policies, asked with another account's member, or with no account at all."""
    assert published
    ask = "select row ->> 'name' from app.customer_rows(%s, 'customers') as row"
    with psycopg.connect(database_url) as owner:
        users = dict(owner.execute("select tenant_id, user_id from app.users").fetchall())
        owner.execute("insert into ops.operators (email) values (%s)", [stranger.email])
    with psycopg.connect(database_url, options="-c role=hostread_app") as c:
        assert c.execute(ask, [users[stranger.tenant_id]]).fetchall() == [], "no account is named"
        c.execute("select set_config('hostread.tenant_id', %s, false)", [str(account.tenant_id)])
        assert c.execute(ask, [users[stranger.tenant_id]]).fetchall() == [("ours network",)], (
            "an operator of elsewhere is nobody here"
        )
        assert c.execute(ask, [None]).fetchall() == [("ours network",)]
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            c.execute("select * from app.customer_rows(%s, 'users')", [users[account.tenant_id]])


def test_a_sponsors_key_and_a_sponsor_of_two_accounts_see_no_customer(
    account: Any, stranger: Any, base_url: str, database_url: str, tools: Any, published: str
) -> None:
    """Somebody who sees one sponsor's campaigns of an account is no one who looks after it."""
    assert published
    key = account.http.post("/v1/api-keys", json={"name": "s", "role": "sponsor", "sponsor_id": account.sponsor_id}).json()["key"]
    for path in ("/v1/customers", "/v1/success/dashboard", "/v1/success/targets", "/v1/analytics/satisfaction"):
        answer = account.http.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403, path
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into app.users (tenant_id, email, role, sponsor_id) values (%s, %s, 'sponsor', %s)",
            [stranger.tenant_id, account.email, stranger.sponsor_id],
        )
    with person(base_url, account.email, tools.PASSWORD) as both:
        assert names(both) == ["ours network"]


def test_figures_alerts_and_targets_are_those_of_the_mart(
    account: Any, stranger: Any, database_url: str, tools: Any, published: str
) -> None:
    """A score without its denominator, a customer that waits left out of the clock, and a figure that was never measured."""
    assert published
    figures(database_url, tools, account.tenant_id)
    figures(database_url, tools, stranger.tenant_id, satisfaction_sum=2, nps_answers=100, promoters=0, detractors=100)
    tools.insert(
        database_url, "marts.customer_success_weekly", tenant_id=account.tenant_id, week="2026-03-02", accepted_count=70,
        active_users=2, created_campaigns=1, generated_reports=3, nps_answers=1, promoters=1, detractors=0, satisfaction_answers=1,
        satisfaction_sum=8, technical_issues=0,
    )  # fmt: skip
    mine = account.http.get("/v1/customers").json()["items"][0]
    assert mine["onboarding"]["minutes"] == 4 and mine["onboarding"]["is_within_target"] is True
    assert (mine["sentiment"]["nps"], mine["sentiment"]["satisfaction"], mine["accepted_events"]) == (50, 7.5, 1_000)
    weekly = account.http.get("/v1/success/weekly").json()["weeks"]
    assert [(w["week"], w["customers"], w["accepted_events"], w["sentiment"]["nps"]) for w in weekly] == [
        ("2026-03-02", 1, 70, 100)
    ]
    satisfaction = account.http.get("/v1/analytics/satisfaction").json()
    assert satisfaction["sentiment"]["satisfaction"] == 7.5 and satisfaction["weeks"][0]["sentiment"]["satisfaction"] == 8
    targets = {target["name"]: target for target in account.http.get("/v1/success/targets").json()["targets"]}
    assert set(targets) == {
        "attribution_accuracy", "attribution_accuracy_deterministic", "api_p95", "uptime", "satisfaction", "nps", "savings",
        "onboarding",
    }  # fmt: skip
    exact = targets["attribution_accuracy_deterministic"]
    assert exact["actual"] == pytest.approx(exact["numerator"] / exact["denominator"], abs=1e-6) and exact["verdict"] == "met"
    assert (targets["satisfaction"]["numerator"], targets["satisfaction"]["denominator"]) == (15, 2)
    assert (targets["nps"]["actual"], targets["nps"]["numerator"], targets["nps"]["verdict"]) == (50, 2, "met")
    assert (targets["onboarding"]["numerator"], targets["onboarding"]["denominator"]) == (1, 1)
    assert (targets["savings"]["verdict"], targets["savings"]["actual"]) == ("not_measured", None)


def test_p95_and_uptime_are_of_what_was_served(account: Any, database_url: str, published: str) -> None:
    """A percentile of another kind of answer, an old one, or a failure that counts as up."""
    assert published
    rows = [("api", "now()", "ok", 20, 97_000), ("api", "now()", "failed", 40, 3_000), ("pages", "now()", "failed", 60, 50_000)]
    rows.append(("api", "now() - interval '31 days'", "failed", 60, 90_000))
    with psycopg.connect(database_url) as owner:
        for kind, at, outcome, bucket, n in rows:
            owner.execute(
                f"insert into ops.served_minutes select date_trunc('minute', {at}), %s, '/v1/me', %s, %s, %s",
                [kind, outcome, bucket, n],
            )
    targets = {target["name"]: target for target in account.http.get("/v1/success/targets").json()["targets"]}
    # The requests of this test itself may be measured too: they are few.
    assert targets["api_p95"]["verdict"] == "met" and targets["api_p95"]["actual"] <= 2 ** (20 / 4)
    assert targets["uptime"]["denominator"] - targets["uptime"]["numerator"] == 3_000
    assert targets["uptime"]["verdict"] == "missed" and targets["uptime"]["denominator"] < 100_500


def test_unit_economics_are_of_measured_volumes_and_stated_costs(database_url: str, serve: Any, tools: Any, published: str) -> None:
    """A cost that is not shared by events, a month that is not over counted whole, and a saving across currencies."""
    assert published
    base = serve(tools.settings_for(database_url, infrastructure_cost="300", infrastructure_currency="USD"))
    last = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).date().replace(day=1)
    with httpx.Client(base_url=base, timeout=60) as plain:
        key = tools.register(plain, "ours")["api_key"]["key"]
        tools.register(plain, "theirs")
        with psycopg.connect(database_url) as owner:
            owner.execute("update app.tenants set created_at = '2025-01-01'")
            tenants = dict(owner.execute("select name, tenant_id from app.tenants").fetchall())
        for name, events in (("ours network", 1_000), ("theirs network", 2_000)):
            tools.insert(database_url, "marts.customer_volumes_monthly", tenant_id=tenants[name], month=last, accepted_count=events)
        headers = {"Authorization": f"Bearer {key}"}
        mine = plain.get("/v1/customers", headers=headers).json()["items"][0]["customer_id"]

        def month() -> dict[str, Any]:
            found: dict[str, Any] = plain.get(f"/v1/customers/{mine}/metrics", headers=headers).json()["months"][0]
            return found

        assert month()["infrastructure_cost"] == {"amount": "100.00", "currency": "USD"}
        assert month()["cost_per_1000_events"] == "100.000000"
        assert month()["saving"] is None and "former cost is not stated" in month()["why_not"]
        changed = plain.patch(f"/v1/customers/{mine}", headers=headers, json={"former_monthly_cost": "400.00"})
        assert changed.status_code == 200, changed.text
        assert (month()["saving"]["amount"], month()["saving_rate"], month()["why_not"]) == ("300.00", 0.75, None)
        dashboard = plain.get("/v1/success/dashboard", headers=headers).json()
        assert dashboard["last_month"]["saving"]["amount"] == "300.00" and dashboard["this_month"] is None
        saving = next(target for target in dashboard["targets"] if target["name"] == "savings")
        assert (saving["numerator"], saving["denominator"], saving["verdict"]) == (300, 400, "met")
        entry = {"former_monthly_cost": "400", "former_cost_currency": "EUR"}
        plain.patch(f"/v1/customers/{mine}", headers=headers, json=entry)
        assert month()["saving"] is None and "state both in one currency" in month()["why_not"]
        wrong = plain.patch(f"/v1/customers/{mine}", headers=headers, json={"former_monthly_cost": "1.234"})
        assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/body/former_monthly_cost"


def test_a_technical_issue_is_an_alert_until_somebody_closes_it(account: Any, database_url: str, published: str) -> None:
    """An issue that is stored and told to nobody, an alert that anybody closes, and an empty answer."""
    assert published
    mine = account.http.get("/v1/customers").json()["items"][0]["customer_id"]
    path = f"/v1/customers/{mine}/feedback"
    for empty in (
        {},
        {"comment": "  "},
        {"nps_score": 11},
        {"satisfaction_score": 0},
        {"nps_score": 5, "is_technical_issue": True},
    ):
        assert account.http.post(path, json=empty).status_code == 422, empty
    plain = account.http.post(path, json={"nps_score": 0, "satisfaction_score": 10}).json()
    told = account.http.post(path, json={"comment": "<b>The export stops</b>", "is_technical_issue": True}).json()
    assert plain["alert_id"] is None and told["alert_id"]
    listed = account.http.get(path).json()["items"]
    assert [(one["comment"], one["alert_id"]) for one in listed] == [("<b>The export stops</b>", told["alert_id"]), ("", None)]
    page = account.http.get(path, params={"limit": 1})
    assert page.json()["next_cursor"] and 'rel="next"' in page.headers["link"]
    dashboard = account.http.get("/v1/success/feedback-dashboard").json()
    assert [alert["alert_id"] for alert in dashboard["technical_issues"]] == [told["alert_id"]]
    assert [one["answers"] for one in dashboard["nps_scores"]] == [1, *([0] * 10)]
    assert account.http.get("/v1/customers").json()["items"][0]["open_alerts"] == 1
    with psycopg.connect(database_url) as owner:
        other = owner.execute(
            "insert into ops.customer_alerts (tenant_id, kind, value, threshold) values (%s, 'nps', 10, 50) returning alert_id",
            [account.tenant_id],
        ).fetchone()
    assert other is not None
    close = f"/v1/customers/{mine}/alerts"
    analyst = account.http.post("/v1/api-keys", json={"name": "a", "role": "analyst"}).json()["key"]
    refused = account.http.post(f"{close}/{told['alert_id']}/close", headers={"Authorization": f"Bearer {analyst}"})
    assert refused.status_code == 403
    assert account.http.post(f"{close}/{uuid4()}/close").status_code == 404
    assert account.http.post(f"{close}/{other[0]}/close").status_code == 409, "it closes when the answers are better"
    assert account.http.post(f"{close}/{told['alert_id']}/close").json() == {"alert_id": told["alert_id"]}
    assert account.http.post(f"{close}/{told['alert_id']}/close").status_code == 409
    assert account.http.get("/v1/success/dashboard").json()["open_alerts"][0]["kind"] == "nps"


def test_before_the_first_build_customers_are_listed_without_figures(account: Any) -> None:
    """A new installation whose marts are not there yet."""
    [one] = account.http.get("/v1/customers").json()["items"]
    assert (one["name"], one["onboarding"], one["sentiment"], one["accepted_events"]) == ("ours network", None, None, None)
    assert account.http.get("/v1/success/dashboard").json()["onboarding"]["within_target_rate"] is None
    assert account.http.get(f"/v1/customers/{one['customer_id']}/metrics").json()["months"] == []
