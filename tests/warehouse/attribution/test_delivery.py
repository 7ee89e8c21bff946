"""Delivery and forecasts out of a built warehouse: a daily show, every episode of it downloaded alike, and flights around today."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.estimates.forecast_campaigns import forecast_campaigns
from orchestration.estimating import publish_fits

TODAY = datetime.now(UTC).date()
# What an episode has on each day of its age; every day's total is their sum, once the show is five days old.
BY_AGE = (40, 20, 10, 5, 5)
A_DAY = sum(BY_AGE)
EPISODES, FIRST = 70, -70
EPISODE_ROWS = """
insert into raw.feeds_items (
    tenant_id, show_id, episode_guid, content_sha256, title, duration_s, payload, published_at, media_key, enclosure_bytes,
    fetched_at, run_id
)
select
    %(tenant)s, %(show)s, 'e' || e, sha256(('e' || e)::bytea), 'E', 600, '{}', %(today)s::timestamptz + interval '1 day' * (e - 70),
    'cdn.example/e' || e || '.mp3', 1000000, now() - interval '1 hour', 't'
from generate_series(0, 69) as e
"""
# Home n of an episode's day; a tenth of the homes is the same every day, so that it hears the ad again and again.
REQUEST_ROWS = """
insert into raw.logs_requests (
    tenant_id, log_source_id, requested_at, method, status, bytes_sent, url, media_key, user_agent, user_agent_kind,
    user_agent_list_version, is_watch, household_hash, key_epoch, ip_class, ip_prefix, ip_list_version, file_size, file_offset,
    run_id
)
select
    %(tenant)s, %(show)s, %(today)s::timestamptz + interval '1 day' * (e - 70 + a.age - 1) + interval '12 hours'
    + interval '1 second' * n, 'GET', 200, 1000000, 'u', 'cdn.example/e' || e || '.mp3', 'AntennaPod/3.4', 'app', 'v', false,
    sha256((case when n %% 10 = 0 then 'again' || n else 'home' || e || '|' || a.age || '|' || n end)::bytea), 1, 'household', '',
    'v', 1000000, e * 10000 + a.age * 1000 + n, 't'
from generate_series(0, 69) as e
cross join unnest(%(by_age)s::integer[]) with ordinality as a (downloads, age)
cross join lateral generate_series(1, a.downloads) as n
where e - 70 + a.age - 1 < 0
"""
PURCHASE_ROWS = """
insert into raw.collector_events (
    tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, properties, body_sha256, household_hash, key_epoch,
    ip_class, run_id
)
select
    %(tenant)s, %(site)s, %(today)s::timestamptz + interval '1 day' * (e - 69) + interval '3 hours', 'b' || e || '|' || n, 'track',
    'Order Completed', 'b' || e || '|' || n, jsonb_build_object('order_id', 'b' || e || '|' || n, 'total', '10.00'),
    sha256(('b' || e || '|' || n)::bytea), sha256(('home' || e || '|1|' || n)::bytea), 1, 'household', 't'
from generate_series(0, 68) as e cross join generate_series(1, 4) as n
"""


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def flight(tenant: Any, name: str, begins: int, ends: int, contracted: int, show: uuid.UUID | None = None) -> None:
    campaign = uuid.uuid4()
    days = {"flight_start": day(begins), "flight_end": day(ends)}
    tenant.insert(
        "app.campaigns", campaign_id=campaign, sponsor_id=tenant.sponsor, name=name, status="active", currency="USD", **days
    )
    tenant.insert(
        "app.placements", placement_id=uuid.uuid4(), campaign_id=campaign, show_id=show or tenant.show, position="mid_roll",
        insertion="dynamic", price_model="cpm", price_minor=1000, contracted_ads=contracted, **days,
    )  # fmt: skip


def network(tenant: Any) -> None:
    """80 downloads a day; flights that are on time, far behind, over, three days old, silent, and without a contract."""
    asked = {"tenant": tenant.tenant_id, "show": tenant.show, "today": TODAY, "by_age": list(BY_AGE), "site": tenant.site}
    with psycopg.connect(tenant.url, options="-c timezone=UTC") as connection:
        for query in (EPISODE_ROWS, REQUEST_ROWS, PURCHASE_ROWS):
            connection.execute(query.encode(), asked)
    flight(tenant, "on time", -30, 9, 38 * A_DAY)
    flight(tenant, "far behind", -30, 9, 80 * A_DAY)
    flight(tenant, "over", -30, -11, 21 * A_DAY)
    flight(tenant, "new", -3, 20, 1000)
    silent = uuid.uuid4()
    tenant.insert("app.shows", show_id=silent, title="Silent", feed_url="https://silent.example")
    flight(tenant, "silent", -10, 10, 1000, silent)


WHOLE = True
CASES = [network]


@pytest.fixture(scope="module")
def marts(module_url: str, dbt_targets: Callable[[str], Path], cases: dict[str, Any]) -> Any:
    forecast_campaigns(module_url, "test")
    assert publish_fits(module_url, "test", dbt_targets(module_url)) is not None
    return cases["network"]


def delivery(tenant: Any, name: str) -> dict[str, Any]:
    return tenant.execute(  # type: ignore[no-any-return]
        "select d.* from marts.campaign_delivery as d inner join app.campaigns as c using (campaign_id) "
        "where d.tenant_id = %s and c.name = %s", tenant.tenant_id, name,
    )[0]  # fmt: skip


def forecasts(tenant: Any, name: str) -> dict[str, dict[str, Any]]:
    rows = tenant.execute(
        "select f.* from marts.campaign_forecast as f inner join app.campaigns as c using (campaign_id) "
        "where f.tenant_id = %s and c.name = %s", tenant.tenant_id, name,
    )  # fmt: skip
    return {row["figure"]: row for row in rows}


def test_a_steady_flight_is_forecast_by_its_episodes(marts: Any) -> None:
    """30 days delivered and 10 to come, alike: a forecast that forgot episodes to come would fall short by a third."""
    row = forecasts(marts, "on time")["ads"]
    assert (row["verdict"], row["so_far_count"], row["as_of_date"], row["until_date"]) == ("estimated", 30 * A_DAY, day(-1), day(9))
    assert row["expected_count"] == pytest.approx(40 * A_DAY, rel=0.02)
    assert row["low_95_count"] <= row["low_count"] <= row["expected_count"] <= row["high_count"] <= row["high_95_count"]
    assert row["error_rate"] < 0.05
    downloads = forecasts(marts, "on time")["downloads"]
    assert downloads["expected_count"] == pytest.approx(40 * A_DAY, rel=0.02)


def test_the_guarantee_is_likely_or_not_and_the_rest_is_to_be_made_good(marts: Any) -> None:
    near, far = delivery(marts, "on time"), delivery(marts, "far behind")
    assert near["guarantee_probability"] > 0.9
    assert near["expected_make_good_ads"] == 0
    assert (near["due_ads"], near["under_delivered_ads"]) == (round(38 * A_DAY * 0.75), 0)
    assert far["guarantee_probability"] < 0.01
    assert far["expected_make_good_ads"] == pytest.approx(40 * A_DAY, rel=0.03)
    assert far["make_good_ads"] == 0
    assert far["under_delivered_ads"] == round(80 * A_DAY * 0.75) - 30 * A_DAY


def test_what_an_ended_flight_fell_short_is_certain(marts: Any) -> None:
    row = delivery(marts, "over")
    assert (row["forecast_verdict"], row["make_good_ads"], row["guarantee_probability"]) == ("flight_ended", A_DAY, 0.0)
    assert row["forecast_ads"] is None


def test_three_days_are_too_few_to_say_anything(marts: Any) -> None:
    row = delivery(marts, "new")
    assert (row["forecast_verdict"], row["forecast_ads"], row["guarantee_probability"]) == ("too_little_data", None, None)
    assert "days to learn from" in row["forecast_reason"]


def test_reach_counts_a_home_once_and_frequency_says_how_often(marts: Any) -> None:
    """Seven of a day's 80 ads go to homes that hear it daily: four on an episode's first day, two on its second, one later."""
    row = delivery(marts, "over")
    ads, again = 20 * A_DAY, 20 * 7
    assert row["ads_delivered"] == ads
    assert row["household_count"] == ads - again + 4
    assert row["frequency"] == pytest.approx(ads / (ads - again + 4))
    assert row["often_count"] == 4
    assert row["top_tenth_rate"] > 0.1
    assert row["usable_rate"] == 1


def test_a_flight_without_an_ad_is_flagged_and_has_no_forecast(marts: Any) -> None:
    row = delivery(marts, "silent")
    assert row["flags"] == ["nothing_delivered"]
    assert (row["forecast_verdict"], row["guarantee_probability"]) == ("too_little_data", None)
    assert row["household_count"] == 0
    assert row["frequency"] is None


def test_conversions_are_forecast_beside_their_backtests(marts: Any) -> None:
    owned = [f for name in ("on time", "far behind") if (f := forecasts(marts, name)["conversions"])["so_far_count"] > 20]
    assert owned
    for row in owned:
        assert row["verdict"] == "estimated"
        assert row["so_far_count"] < row["expected_count"]
        shown = row["error_rate"] if row["method"] != "seasonal_naive" else row["naive_error_rate"]
        assert shown <= row["naive_error_rate"]
