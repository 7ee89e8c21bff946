"""Journeys out of a built warehouse, fitted, and what the mart makes of the fits."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.estimates.attribution import fit_attribution
from orchestration.build import run_build
from orchestration.estimating import publish_fits

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def busy(tenant: Any) -> None:
    """Forty people buy after A then B, five after A alone; sixty click A alone, thirty B alone, and some come by a search."""
    for name in ("a", "b"):
        tenant.campaign(name)
    for number in range(40):
        person = f"both{number}"
        tenant.click("a", START + DAY, person)
        tenant.click("b", START + 2 * DAY, person)
        currency = "EUR" if number < 3 else "USD"
        bought = {"currency": currency}
        tenant.purchase(START + 3 * DAY, f"both{number}", f"{10 + number}.37", person, properties=bought)
    for number in range(5):
        tenant.click("a", START + DAY, f"one{number}")
        tenant.purchase(START + 2 * DAY, f"one{number}", "20.01", f"one{number}")
    # A refund takes its order's revenue back and is no journey.
    tenant.refund(START + 5 * DAY, "both7", "17.37")
    for number in range(60):
        tenant.click("a", START + DAY, f"lost-a{number}")
    for number in range(30):
        tenant.click("b", START + DAY, f"lost-b{number}")
    # Two clicks further apart than the window are two journeys.
    tenant.click("b", START + 50 * DAY, "lost-b0")
    for number in range(8):
        source = {"campaign": {"source": "Google", "medium": "cpc"}}
        tenant.event(None, START + 2 * DAY, anonymous_id=f"both{number}", context=source)
        tenant.event(None, START + 2 * DAY, anonymous_id=f"search{number}", context=source)
    # One person on two browsers is one journey, of her who bought and of her who did not.
    letter = {"campaign": {"source": "Letter", "medium": "mail"}}
    for person in ("buyer", "looker"):
        for number, browser in enumerate((f"{person}-phone", f"{person}-laptop")):
            tenant.event("Identify", START, anonymous_id=browser, user_id=person)
            tenant.event(None, START + (1 + number) * DAY, anonymous_id=browser, context=letter)
            tenant.click("a", START + (1 + number) * DAY, browser)
    tenant.purchase(START + 3 * DAY, "merged", "20.00", "buyer-laptop")


def quiet(tenant: Any) -> None:
    """Two conversions: nothing can be said."""
    tenant.campaign("a")
    for number in range(2):
        tenant.click("a", START + DAY, f"p{number}")
        tenant.purchase(START + 2 * DAY, f"o{number}", "10.00", f"p{number}")


WHOLE = True
CASES = [busy, quiet]


class World:
    """Both tenants built, fitted and published."""

    def __init__(self, url: str, target: Path, tenants: dict[str, Any]) -> None:
        self.url, self.target = url, target
        self.busy, self.quiet = tenants["busy"], tenants["quiet"]
        self.campaigns = {row["utm_campaign"]: row["campaign_id"] for row in self.busy.rows("app.campaigns")}
        fit_attribution(url, "test")
        self.published = publish_fits(url, "test", target)


@pytest.fixture(scope="module")
def world(module_url: str, dbt_targets: Callable[[str], Path], cases: dict[str, Any]) -> World:
    return World(module_url, dbt_targets(module_url), cases)


def channels(world: World, granularity: str, model: str = "markov") -> list[dict[str, Any]]:
    rows = world.busy.rows("marts.data_driven_attribution", "channel, currency")
    return [row for row in rows if (row["granularity"], row["model"]) == (granularity, model)]


def test_journeys_that_did_not_convert_are_counted_by_channel(world: World) -> None:
    """Left out, every channel would convert always; cut at the window, one person's clicks are two journeys, and by browser too."""
    counts = {row["channel"]: (row["converted_count"], row["lost_count"]) for row in channels(world, "placement")}
    assert counts == {f"campaign:{world.campaigns['a']}": (46, 61), f"campaign:{world.campaigns['b']}": (40, 31)}


@pytest.mark.parametrize("model", ["markov", "shapley"])
@pytest.mark.parametrize("granularity", ["placement", "show", "episode"])
def test_conversions_and_revenue_sum_to_what_is_attributed_in_each_currency(world: World, granularity: str, model: str) -> None:
    rows = channels(world, granularity, model)
    first = [row for row in world.busy.credits() if row["path_position"] == 1]
    for currency in ("EUR", "USD"):
        own = [row for row in rows if row["currency"] == currency]
        attributed = [row for row in first if row["currency"] == currency]
        assert sum(row["share"] for row in own) == pytest.approx(1)
        assert sum(row["revenue_minor"] for row in own) == sum(row["value_minor"] for row in attributed)
        sales = sum(row["conversion_kind"] != "refund" for row in attributed)
        assert sum(row["conversions_ppb"] for row in own) == sales * 1_000_000_000


def test_the_larger_share_goes_to_what_journeys_cannot_do_without(world: World) -> None:
    """Every buyer met A; five did without B."""
    shares = {row["channel"]: row for row in channels(world, "placement") if row["currency"] == "USD"}
    a, b = shares[f"campaign:{world.campaigns['a']}"], shares[f"campaign:{world.campaigns['b']}"]
    assert a["share"] > b["share"]
    for row in (a, b):
        assert row["share_low"] < row["share"] < row["share_high"]
        assert row["model_version"]
        assert str(row["campaign_id"]) in row["channel"]


def test_the_sponsors_other_channels_are_a_channel_beside_the_network(world: World) -> None:
    counts = {row["channel"]: (row["converted_count"], row["lost_count"]) for row in channels(world, "channel")}
    assert counts == {"elsewhere:google / cpc": (8, 8), "elsewhere:letter / mail": (1, 1), "podcast": (46, 92)}
    assert all(row["revenue_minor"] is None for row in channels(world, "channel"))


def test_one_position_is_not_identifiable_and_a_quiet_tenant_has_too_little(world: World) -> None:
    for row in channels(world, "position"):
        assert (row["verdict"], row["share"], row["revenue_minor"]) == ("not_identifiable", None, None)
        assert "one channel" in row["reason"]
    rows = world.quiet.rows("marts.data_driven_attribution")
    assert {row["verdict"] for row in rows} == {"too_little_data"}
    assert all(row["share"] is None and row["conversions_ppb"] is None for row in rows)


def test_a_second_fit_on_the_same_build_is_the_same(world: World) -> None:
    before = channels(world, "placement", "markov")
    fit_attribution(world.url, "again")
    assert publish_fits(world.url, "again", world.target) == world.published
    same = ("channel", "share", "share_low", "share_high", "seed", "revenue_minor")
    assert [[row[name] for name in same] for row in channels(world, "placement")] == [
        [row[name] for name in same] for row in before
    ]


def test_a_tenant_that_asks_for_one_granularity_gets_that_one(world: World) -> None:
    world.quiet.settings(data_driven_granularities=["show"])
    fit_attribution(world.url, "test")
    assert {row["granularity"] for row in world.quiet.rows("estimates.attribution_fits")} == {"show"}


def test_a_tenant_sees_its_own_fits_alone(world: World) -> None:
    with psycopg.connect(world.url, options="-c role=hostread_reader") as reader:
        reader.execute("select set_config('hostread.tenant_id', %s, true)", [str(world.quiet.tenant_id)])
        for table in ("estimates.attribution_fits", "estimates.attribution_channels", "marts.data_driven_attribution"):
            seen = reader.execute(f"select distinct tenant_id from {table}").fetchall()  # type: ignore[arg-type]
            assert seen == [(world.quiet.tenant_id,)]


def test_a_later_build_shares_its_new_total_by_the_last_fit(world: World) -> None:
    """Between fits a build's revenue moves on; the shares stay, and still sum to it."""
    shares = {row["channel"]: row["share"] for row in channels(world, "placement") if row["currency"] == "USD"}
    world.busy.click("a", START + 8 * DAY, "late")
    world.busy.purchase(START + 9 * DAY, "late", "1000.03", "late")
    outcome = run_build(world.url, "test", "incremental", world.target)
    assert outcome.status == "published", outcome.failed_checks
    rows = [row for row in channels(world, "placement") if row["currency"] == "USD"]
    first = [row for row in world.busy.credits() if row["path_position"] == 1 and row["currency"] == "USD"]
    assert {row["channel"]: row["share"] for row in rows} == shares
    assert sum(row["revenue_minor"] for row in rows) == sum(row["value_minor"] for row in first)


def test_nothing_is_published_beside_a_running_or_a_held_build(world: World) -> None:
    """The candidates are then not what was published: mixed in, one mart would speak of another build than the rest."""
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(
            "update ops.build_attempts set status = 'held' where started_at = (select max(started_at) from ops.build_attempts)"
        )
        assert publish_fits(world.url, "test", world.target) is None
        connection.execute("update ops.build_attempts set status = 'published' where status = 'held'")
    assert publish_fits(world.url, "test", world.target) is not None
