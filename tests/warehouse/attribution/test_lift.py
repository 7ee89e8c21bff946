"""Lift out of a built warehouse: households of two shows, one of which bore the ad, and what the mart makes of the studies."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.estimates.lift_campaigns import measure_lift
from orchestration.estimating import publish_fits

START = datetime(2026, 6, 1, tzinfo=UTC)
HOMES = 3_000
# Downloads of every home two weeks before and at START; of each show's homes. Purchases by home number, `every`-th home one.
DOWNLOADS = """
insert into raw.logs_requests (
    tenant_id, log_source_id, requested_at, method, status, bytes_sent, url, media_key, user_agent, user_agent_kind,
    user_agent_list_version, is_watch, household_hash, key_epoch, ip_class, ip_prefix, ip_list_version, file_size, file_offset,
    run_id
)
select
    %(tenant)s, %(show)s, %(at)s::timestamptz + interval '1 day' * w.day + interval '1 second' * n, 'GET', 200, 1000000, 'u',
    %(media)s, 'AntennaPod/3.4', 'app', 'v', false, sha256((%(kind)s || n)::bytea), 1, 'household', '', 'v', 1000000,
    n * 10 + w.place, 't'
from generate_series(1, %(homes)s) as n cross join (values (-14, 0), (0, 1)) as w (day, place)
"""
PURCHASES = """
insert into raw.collector_events (
    tenant_id, site_id, received_at, message_id, kind, event_name, anonymous_id, properties, body_sha256, household_hash, key_epoch,
    ip_class, run_id
)
select
    %(tenant)s, %(site)s, %(at)s::timestamptz + interval '1 day' * (%(from_day)s + n %% 5), %(kind)s || n || '|' || %(from_day)s,
    'track', 'Order Completed', %(kind)s || n,
    jsonb_build_object('order_id', %(kind)s || n || '|' || %(from_day)s, 'total', '10.00'), sha256((%(kind)s || n)::bytea),
    sha256((%(kind)s || n)::bytea), 1, 'household', 't'
from generate_series(1, %(homes)s) as n
where n %% %(every)s = 0
"""


def run(tenant: Any, query: str, asked: dict[str, Any]) -> None:
    with psycopg.connect(tenant.url) as connection:
        connection.execute(query.encode(), asked)


def homes(tenant: Any, show: uuid.UUID, kind: str, sold: dict[int, int], count: int = HOMES) -> None:
    """`count` homes that hear `show`; `sold`: from which day since START every how manieth of them buys."""
    asked = {"tenant": tenant.tenant_id, "at": START, "kind": kind, "homes": count, "site": tenant.site}
    run(tenant, DOWNLOADS, {**asked, "show": show, "media": f"cdn.example/{show}.mp3"})
    for from_day, every in sold.items():
        run(tenant, PURCHASES, {**asked, "from_day": from_day, "every": every})


def other_show(tenant: Any) -> uuid.UUID:
    show = uuid.uuid4()
    tenant.insert("app.shows", show_id=show, title="Other", feed_url=f"https://{show}.example")
    tenant.insert(
        "raw.feeds_items", show_id=show, episode_guid="ep", content_sha256=b"x", title="Ep", duration_s=600, payload="{}",
        published_at=START, media_key=f"cdn.example/{show}.mp3", enclosure_bytes=1_000_000, fetched_at=START, run_id="t",
    )  # fmt: skip
    return show


def flight(tenant: Any, days: tuple[str, str] = ("2026-06-01", "2026-06-30")) -> uuid.UUID:
    campaign = tenant.campaign(None)
    tenant.placement(campaign)
    run(
        tenant,
        "update app.placements set flight_start = %(a)s, flight_end = %(b)s where campaign_id = %(c)s",
        {"a": days[0], "b": days[1], "c": campaign},
    )
    return campaign  # type: ignore[no-any-return]


def works(tenant: Any) -> None:
    """Of the exposed every 20th buys in the first week, of the others every 40th; before, both every 30th."""
    flight(tenant)
    homes(tenant, tenant.show, "heard", {1: 20, -30: 100, -12: 30, 20: 50, 70: 100})
    homes(tenant, other_show(tenant), "not", {1: 40, -30: 100, -12: 30, 20: 50, 70: 100})
    tenant.campaign(None)


def differed(tenant: Any) -> None:
    """The exposed bought twice as often before they had heard anything."""
    flight(tenant)
    homes(tenant, tenant.show, "heard", {1: 20, -30: 100, -12: 20, 70: 100})
    homes(tenant, other_show(tenant), "not", {1: 40, -30: 100, -12: 40, 70: 100})


def small(tenant: Any) -> None:
    """Two dozen homes: no number."""
    flight(tenant)
    homes(tenant, tenant.show, "heard", {1: 6, 70: 10}, 24)
    homes(tenant, other_show(tenant), "not", {1: 12, 70: 10}, 24)


def alone(tenant: Any) -> None:
    """Everybody heard it: there is nobody to compare with."""
    flight(tenant)
    homes(tenant, tenant.show, "heard", {1: 20, 70: 100}, 400)


def held_out(tenant: Any) -> None:
    """Everybody who listened in the flight heard it; a day after it, on which the ad was off, is the comparison."""
    campaign = flight(tenant)
    homes(tenant, tenant.show, "heard", {1: 20, 70: 100})
    run(tenant, DOWNLOADS.replace("%(at)s", "(%(at)s::timestamptz + interval '50 days')"), {
        "tenant": tenant.tenant_id, "at": START, "kind": "late", "homes": HOMES, "show": uuid.uuid4(),
        "media": f"cdn.example/{tenant.show}.mp3",
    })  # fmt: skip
    asked = {"tenant": tenant.tenant_id, "site": tenant.site, "at": START, "kind": "late", "homes": HOMES}
    run(tenant, PURCHASES, {**asked, "from_day": 51, "every": 40})
    tenant.insert("app.lift_holdouts", campaign_id=campaign, kind="time", starts_on="2026-07-21", ends_on="2026-07-21")


def edition(tenant: Any) -> None:
    """A region's own edition left the ad out: its listeners are the control, and those of a third show, who buy much, are not."""
    campaign = flight(tenant)
    homes(tenant, tenant.show, "heard", {1: 20, -30: 100, 70: 100})
    region = other_show(tenant)
    homes(tenant, region, "north", {1: 40, -30: 100, 70: 100})
    homes(tenant, other_show(tenant), "third", {1: 5, -30: 100, 70: 100})
    days = {"starts_on": "2026-06-01", "ends_on": "2026-06-30"}
    tenant.insert("app.lift_holdouts", campaign_id=campaign, kind="geo", show_id=region, **days)


def withdrawn(tenant: Any) -> None:
    """A holdout that was withdrawn holds nobody out: all unexposed households are the control."""
    campaign = flight(tenant)
    homes(tenant, tenant.show, "heard", {1: 20, -30: 100, 70: 100})
    region = other_show(tenant)
    homes(tenant, region, "north", {1: 40, -30: 100, 70: 100})
    days = {"starts_on": "2026-06-01", "ends_on": "2026-06-02", "withdrawn_at": START}
    tenant.insert("app.lift_holdouts", campaign_id=campaign, kind="geo", show_id=tenant.show, **days)


WHOLE = True
CASES = [works, differed, small, alone, held_out, edition, withdrawn]


@pytest.fixture(scope="module")
def studied(module_url: str, dbt_targets: Callable[[str], Path], cases: dict[str, Any]) -> dict[str, Any]:
    measure_lift(module_url, "test")
    assert publish_fits(module_url, "test", dbt_targets(module_url)) is not None
    return cases


def span(tenant: Any, week_from: int, week_to: int) -> dict[str, Any]:
    rows = tenant.execute(
        "select * from marts.campaign_lift where tenant_id = %s and week_from = %s and week_to = %s and exposed_count > 0",
        tenant.tenant_id, week_from, week_to,
    )  # fmt: skip
    assert len(rows) == 1
    return rows[0]  # type: ignore[no-any-return]


def test_twice_as_many_buyers_are_a_lift_of_one(studied: dict[str, Any]) -> None:
    """A control rate of other homes, or of other days, would give another lift; the placebo week must give none."""
    week = span(studied["works"], 0, 1)
    assert (week["verdict"], week["design"]) == ("estimated", "matched")
    assert week["exposed_rate"] == pytest.approx(HOMES // 20 / HOMES)
    assert week["control_rate"] == pytest.approx(HOMES // 40 / HOMES)
    assert week["lift"] == pytest.approx(1.0)
    assert 0 < week["lift_low"] < 1 < week["lift_high"]
    assert week["incremental_conversions"] == pytest.approx(HOMES / 40)
    placebo = span(studied["works"], -2, -1)
    assert placebo["is_placebo"]
    assert placebo["lift_low"] < 0 < placebo["lift_high"]


def test_false_positives_are_measured_and_stand_beside_it(studied: dict[str, Any]) -> None:
    week = span(studied["works"], 0, 4)
    assert week["is_headline"]
    assert week["split_tests"] > 20
    assert week["split_tests_positive"] <= 0.25 * week["split_tests"]
    assert week["placebo_tests"] >= 1
    assert week["placebo_tests_positive"] == 0


@pytest.mark.parametrize(
    ("case", "verdict", "words"),
    [
        ("differed", "not_comparable", "before the exposure"),
        ("small", "too_little_power", "would go unseen"),
        ("alone", "no_control", "like 0% of the exposed"),
    ],
)
def test_where_nothing_can_be_said_there_is_a_verdict_and_no_number(
    studied: dict[str, Any], case: str, verdict: str, words: str
) -> None:
    row = span(studied[case], 0, 1)
    assert (row["verdict"], row["lift"], row["lift_low"], row["incremental_conversions"]) == (verdict, None, None, None)
    assert words in row["reason"]


def test_a_campaign_that_nobody_heard_says_so(studied: dict[str, Any]) -> None:
    rows = [row for row in studied["works"].rows("marts.campaign_lift") if not row["exposed_count"]]
    assert {row["verdict"] for row in rows} == {"no_exposure"}
    assert all(row["lift"] is None and row["reason"] for row in rows)


def test_days_that_were_held_out_are_the_control(studied: dict[str, Any]) -> None:
    row = span(studied["held_out"], 0, 1)
    assert (row["design"], row["verdict"]) == ("time_holdout", "estimated")
    assert row["lift"] == pytest.approx(1.0)


def test_a_regions_own_edition_is_the_control_and_no_other_show(studied: dict[str, Any]) -> None:
    row = span(studied["edition"], 0, 1)
    assert (row["design"], row["verdict"], row["control_count"]) == ("geo_holdout", "estimated", HOMES)
    assert row["lift"] == pytest.approx(1.0)


def test_a_withdrawn_holdout_holds_nobody_out(studied: dict[str, Any]) -> None:
    row = span(studied["withdrawn"], 0, 1)
    assert (row["design"], row["verdict"], row["control_count"]) == ("matched", "estimated", HOMES)


def test_a_second_study_of_the_same_build_is_the_same(studied: dict[str, Any], module_url: str) -> None:
    before = studied["works"].rows("estimates.lift_spans", "campaign_id, week_from, week_to")
    measure_lift(module_url, "again")
    assert studied["works"].rows("estimates.lift_spans", "campaign_id, week_from, week_to") == before


def test_a_tenant_sees_its_own_lift_alone(studied: dict[str, Any], module_url: str) -> None:
    with psycopg.connect(module_url, options="-c role=hostread_reader") as reader:
        reader.execute("select set_config('hostread.tenant_id', %s, true)", [str(studied["small"].tenant_id)])
        for table in ("estimates.lift_studies", "estimates.lift_spans", "marts.campaign_lift", "estimates.campaign_forecasts"):
            seen = reader.execute(f"select distinct tenant_id from {table}").fetchall()
            assert set(seen) <= {(studied["small"].tenant_id,)}
