"""What the API says of published marts: exact money, honest nulls, one snapshot, and nothing sent twice."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

ZERO, OWN = UUID(int=0), UUID(int=0xABC)
MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")


@pytest.fixture
def filled(account: Any, published: str, database_url: str, tools: Any) -> str:
    """Two days of delivery, one and a half conversions, and one that no touch explains."""
    ids: dict[str, Any] = {"tenant_id": account.tenant_id, "campaign_id": account.campaign_id}
    placement = account.campaign["placements"][0]["placement_id"]
    owner: dict[str, Any] = {"sponsor_id": account.sponsor_id, "currency": "USD"}
    for day, ads, spend in (("2026-03-01", 1000, 2500), ("2026-03-02", 501, 1253)):
        tools.insert(
            database_url, "marts.campaign_spend_daily", **ids, **owner, placement_id=placement, show_id=account.show_id, day=day,
            ads_delivered=ads, spend_minor=spend,
        )  # fmt: skip
    for model in MODELS:
        for basis in ("conversion_date", "exposure_date"):
            for campaign, place, ppb, minor in (
                (account.campaign_id, placement, 1_500_000_000, 10_001),
                (ZERO, ZERO, 1_000_000_000, 999),
            ):
                tools.insert(
                    database_url, "marts.campaign_attribution_daily", **owner, tenant_id=account.tenant_id, campaign_id=campaign,
                    placement_id=place, day="2026-03-02", model=model, basis=basis, show_id=account.show_id, conversions_ppb=ppb,
                    revenue_minor=minor,
                )  # fmt: skip
        tools.insert(
            database_url, "marts.campaign_roi", **ids, **owner, model=model, spend_minor=0 if model == "linear" else 3753,
            revenue_minor=10_001, conversions_ppb=1_500_000_000, margin_rate=Decimal("0.5"),
            roi=None if model == "linear" else 0.33,
            roas=None if model == "linear" else 2.66, cpa_minor=2502.0, aov_minor=6667.4,
        )  # fmt: skip
    tools.insert(database_url, "app.attribution_models", tenant_id=account.tenant_id, model_id=OWN, name="Clicks twice")
    tools.insert(
        database_url, "marts.campaign_roi", **ids, **owner, model=f"custom:{OWN}", spend_minor=3753, revenue_minor=7_506,
        conversions_ppb=500_000_000, margin_rate=Decimal("0.5"), roi=0.0, roas=2.0, cpa_minor=7506.0, aov_minor=None,
    )  # fmt: skip
    tools.insert(
        database_url, "marts.campaign_performance", **ids, **owner, status="active", flight_start="2026-03-01",
        flight_end="2026-04-30", contracted_ads=50_000, ads_delivered=1501, flight_elapsed_rate=0.5, delivered_rate=0.03,
        pacing_rate=0.06, make_good_ads=100, spend_minor=3753, visits=12, conversions=2, revenue_minor=-5, verified_revenue_minor=0,
        exposure_conversions=1, click_conversions=0, vanity_conversions=0, code_conversions=1,
        first_event_at="2026-03-01T00:00:00Z", last_event_at=None,
    )  # fmt: skip
    tools.insert(
        database_url, "marts.episode_downloads_daily", tenant_id=account.tenant_id, show_id=account.show_id, episode_guid="g",
        day="2026-03-01", source="logs", counting_window="first_touch", downloads=7, request_count=9, rejected_count=2,
        listener_count=6,
    )  # fmt: skip
    return published


def test_analytics_name_their_build_and_speak_exactly(account: Any, filled: str) -> None:
    answer = account.http.get(f"/v1/campaigns/{account.campaign_id}/analytics")
    body = answer.json()
    assert answer.headers["x-hostread-build"] == body["build"]["build_id"] == filled
    assert body["build"]["is_stale"] is False and body["build"]["stale_reason"] is None
    performance = body["performance"]
    assert performance["spend"] == {"amount": "37.53", "currency": "USD"}
    assert performance["revenue"] == {"amount": "-0.05", "currency": "USD"}
    assert performance["is_live"] is True
    assert body["delivery"] == [
        {"day": "2026-03-01", "ads_delivered": 1000, "spend": {"amount": "25.00", "currency": "USD"}},
        {"day": "2026-03-02", "ads_delivered": 501, "spend": {"amount": "12.53", "currency": "USD"}},
    ]
    assert body["placements"][0]["ads_delivered"] == 1501 and body["placements"][0]["spend"]["amount"] == "37.53"
    built = account.http.get(f"/v1/campaigns/{account.campaign_id}/analytics?live=false").json()
    assert built["performance"]["is_live"] is False


def test_attribution_stands_side_by_side_and_adds_up(account: Any, filled: str) -> None:
    assert filled
    body = account.http.get(f"/v1/campaigns/{account.campaign_id}/attribution").json()
    assert [m["model"] for m in body["models"]] == list(MODELS)
    assert {(m["conversions"], m["revenue"]["amount"]) for m in body["models"]} == {("1.5", "100.01")}
    built = account.http.get(f"/v1/campaigns/{account.campaign_id}/attribution?live=false").json()
    assert (body["is_live"], built["is_live"]) == (True, False)
    assert {**built, "is_live": True} == body
    one = account.http.get(f"/v1/campaigns/{account.campaign_id}/attribution?model=linear&basis=exposure_date").json()
    assert one["basis"] == "exposure_date"
    assert {row["model"] for part in ("models", "placements", "daily") for row in one[part]} == {"linear"}
    network = account.http.get("/v1/attribution").json()
    unattributed = [row for row in network["campaigns"] if row["campaign_id"] is None]
    assert {row["campaign_name"] for row in unattributed} == {"unattributed"} and len(unattributed) == len(MODELS)
    for total in network["models"]:
        rows = [row for row in network["campaigns"] if row["model"] == total["model"]]
        assert sum(Decimal(row["conversions"]) for row in rows) == Decimal(total["conversions"]) == Decimal("2.5")
        assert sum(Decimal(row["revenue"]["amount"]) for row in rows) == Decimal(total["revenue"]["amount"]) == Decimal("110.00")


@pytest.mark.parametrize(("path", "rows"), [("/v1/attribution", "campaigns"), ("/v1/roi", "campaigns")])
def test_pages_hold_every_row_once_and_the_totals_of_all(account: Any, filled: str, path: str, rows: str) -> None:
    assert filled
    whole = account.http.get(path).json()
    other, link = [], f"{path}?limit=1"
    while link:
        answer = account.http.get(link)
        other.append(answer.json())
        link = answer.headers.get("link", "").partition(">")[0][1:]
    assert whole["next_cursor"] is None and len(other) > len(whole[rows]) > 0
    assert [row for page in other for row in page[rows]] == whole[rows]
    assert all(page.get("models") == whole.get("models") for page in other)


def test_credit_of_a_link_without_a_placement_has_its_row(account: Any, filled: str, database_url: str, tools: Any) -> None:
    """Found on the simulated network: a click knows its campaign, not its show, and the answer was a fault."""
    assert filled
    tools.insert(
        database_url, "marts.campaign_attribution_daily", tenant_id=account.tenant_id, sponsor_id=account.sponsor_id,
        currency="USD", campaign_id=account.campaign_id, placement_id=ZERO, day="2026-03-02", model="linear",
        basis="conversion_date", show_id=None, conversions_ppb=500_000_000, revenue_minor=100,
    )  # fmt: skip
    body = account.http.get(f"/v1/campaigns/{account.campaign_id}/attribution?model=linear").json()
    assert body["models"][0]["conversions"] == "2"
    alone = next(row for row in body["placements"] if row["placement_id"] == str(ZERO))
    assert (alone["show_id"], alone["conversions"]) == (None, "0.5")
    assert sum(Decimal(row["conversions"]) for row in body["placements"]) == Decimal(body["models"][0]["conversions"])


def test_return_is_null_where_nothing_was_spent(account: Any, filled: str) -> None:
    assert filled
    body = account.http.get(f"/v1/campaigns/{account.campaign_id}/roi").json()
    rows = {row["model"]: row for row in body["rows"]}
    assert list(rows) == list(MODELS), "an own model is none of the five"
    (own,) = body["custom_models"]
    assert (own["model"], own["name"], own["roi"], own["roas"]) == (f"custom:{OWN}", "Clicks twice", 0.0, 2.0)
    assert own["revenue"] == {"amount": "75.06", "currency": "USD"} and own["average_order_value"] is None
    assert account.http.get("/v1/roi").json()["campaigns"][0]["custom_models"] == [own]
    assert rows["linear"]["roi"] is None and rows["linear"]["roas"] is None
    assert rows["first_touch"]["average_order_value"] == {"amount": "66.67", "currency": "USD"}
    assert account.http.get("/v1/roi").json()["campaigns"][0]["rows"] == list(rows.values())


def test_downloads_and_overview(account: Any, filled: str) -> None:
    assert filled
    body = account.http.get(f"/v1/downloads?show_id={account.show_id}").json()
    assert body["downloads"] == 7 and body["episodes"] == [
        {"episode_guid": "g", "title": None, "published_at": None, "downloads": 7}
    ]
    assert account.http.get(f"/v1/downloads?show_id={account.show_id}&first_day=2026-03-02").json()["downloads"] == 0
    assert account.http.get(f"/v1/downloads?show_id={account.show_id}&first_day=2026-03-02&last_day=2026-03-01").status_code == 422
    overview = account.http.get("/v1/overview").json()
    assert overview["totals"][0]["spend"]["amount"] == "37.53" and overview["status_counts"] == {"active": 1}
    assert overview["downloads"] == [{"day": "2026-03-01", "downloads": 7}]


def test_a_campaign_newer_than_the_build_has_zeros_and_no_gap(account: Any, published: str) -> None:
    assert published
    body = account.http.get(f"/v1/campaigns/{account.campaign_id}/analytics").json()
    assert body["performance"]["conversions"] == 0 and body["delivery"] == []
    assert account.http.get(f"/v1/campaigns/{account.campaign_id}/roi").json()["rows"] == []


def test_product_metrics_without_anything_to_measure(account: Any, published: str) -> None:
    assert published
    assert account.http.get("/v1/metrics/ttfv").json()["overall"] is None
    completion = account.http.get("/v1/metrics/completion").json()
    assert completion["completion_rate"] is None and completion["funnel"] == []


def test_before_the_first_build_everything_says_so(account: Any) -> None:
    paths = [f"/v1/campaigns/{account.campaign_id}/{part}" for part in ("analytics", "attribution", "roi")]
    paths += ["/v1/overview", "/v1/attribution", "/v1/roi", "/v1/spend", "/v1/metrics/ttfv", "/v1/metrics/completion"]
    for path in [*paths, f"/v1/downloads?show_id={account.show_id}"]:
        answer = account.http.get(path)
        assert (answer.status_code, answer.json()["type"]) == (503, "/v1/problems/not-built"), path
        assert answer.headers["retry-after"]
    assert account.http.get("/v1/builds/current").json() == {"build": None}
    assert account.http.get("/readyz").json() == {"status": "ready", "build": None}


def test_a_held_build_leaves_the_last_one_served_and_marked(account: Any, filled: str, database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, failed_checks, run_id, finished_at) "
            "values (gen_random_uuid(), 'incremental', 'held', '0', '1', '[{\"name\": \"credits_sum_to_one\"}]', 'r', now())"
        )
    body = account.http.get(f"/v1/campaigns/{account.campaign_id}/analytics").json()
    assert body["build"]["build_id"] == filled and body["build"]["is_stale"] is True
    assert "credits_sum_to_one" in body["build"]["stale_reason"]
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "insert into ops.build_attempts (build_id, mode, status, from_xact, to_xact, run_id, finished_at) values "
            "(gen_random_uuid(), 'incremental', 'published', '0', '1', 'r', now() + interval '1 second')"
        )
    assert account.http.get("/v1/builds/current").json()["build"]["is_stale"] is False


def test_an_answer_is_sent_again_only_when_something_changed(account: Any, stranger: Any, filled: str, database_url: str) -> None:
    assert filled
    path = f"/v1/campaigns/{account.campaign_id}/analytics"
    first = account.http.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    assert account.http.get(path, headers=known).status_code == 304
    assert account.http.get(path, headers=known).headers["x-hostread-build"] == filled
    assert account.http.get(f"{path}?live=false", headers=known).status_code == 200, "another question"
    assert stranger.http.get(path, headers=known).status_code == 404, "another asker"

    def arrives(tenant_id: int) -> None:
        with psycopg.connect(database_url) as owner:
            owner.execute(
                "insert into raw.collector_events (tenant_id, site_id, received_at, message_id, kind, body_sha256, run_id) "
                "values (%s, gen_random_uuid(), now(), gen_random_uuid(), 'track', '\\x00', 'r')",
                [tenant_id],
            )

    arrives(stranger.tenant_id)
    assert account.http.get(path, headers=known).status_code == 304, "another tenant's event"
    arrives(account.tenant_id)
    second = account.http.get(path, headers=known)
    assert second.status_code == 200, "the tail has moved"
    account.http.patch(f"/v1/campaigns/{account.campaign_id}", json={"name": "new"})
    assert account.http.get(path, headers={"If-None-Match": second.headers["etag"]}).status_code == 200, "it was renamed"


def test_looking_is_recorded_once_an_hour(account: Any, filled: str, database_url: str) -> None:
    assert filled
    for path in ("analytics", "attribution", "roi", "analytics"):
        account.http.get(f"/v1/campaigns/{account.campaign_id}/{path}")
    with psycopg.connect(database_url) as owner:
        row = owner.execute("select count(*) from app.product_events where event_name = 'analytics.viewed'").fetchone()
    assert row == (1,)


def test_the_warehouse_is_one_snapshot_and_read_only(account: Any, filled: str, database_url: str) -> None:
    from api.marts.campaigns import get_campaign
    from api.marts.figures import campaign_figures, figures_sha256
    from api.marts.warehouse import Warehouse

    assert filled
    with Warehouse(database_url) as warehouse:
        with warehouse.tenant(account.tenant_id) as c:
            before = campaign_figures(c, UUID(account.campaign_id))
            account.http.patch(f"/v1/campaigns/{account.campaign_id}", json={"name": "changed meanwhile"})
            assert get_campaign(c, UUID(account.campaign_id)).name == "Spring"
            with pytest.raises(psycopg.Error):
                c.execute("create temporary table x (y int)")
        with warehouse.tenant(account.tenant_id) as c:
            again = campaign_figures(c, UUID(account.campaign_id))
    assert again.campaign.name == "changed meanwhile"
    assert figures_sha256(before) != figures_sha256(again)
    renamed_back = again.model_copy(update={"campaign": before.campaign, "read_at": before.read_at, "build": before.build})
    assert figures_sha256(renamed_back) == figures_sha256(before), "equal figures have equal digests"


def test_a_database_that_is_away_or_old_is_told(account: Any, serve: Any, tools: Any, server_url: str) -> None:
    away = serve(tools.settings_for("postgresql://nobody@127.0.0.1:9/none"))
    with httpx.Client(base_url=away, timeout=60, headers=account.http.headers) as client:
        assert client.get("/livez").status_code == 200
        for path in ("/readyz", "/v1/me"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (503, "/v1/problems/unavailable"), path
            assert "nobody" not in answer.text and answer.headers["retry-after"]
    old = serve(tools.settings_for(server_url))
    with httpx.Client(base_url=old, timeout=60, headers=account.http.headers) as client:
        for path in ("/readyz", "/v1/me"):
            answer = client.get(path)
            assert answer.status_code == 503 and "hostread migrate" in answer.text, answer.text
