"""What a network has for every mart to show something: a launch with its lift, sales abroad, shares, books of every verdict."""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from assets.estimates.saturation.fitting import fit
from assets.estimates.saturation.shapes import Settings
from assets.estimates.saturation_panel import Channel, to_panel
from simulation.clock import parse_now
from simulation.exchange import make_rates
from simulation.model import Show, Site, Sponsor
from simulation.oracle import TruthFiles
from simulation.specs import DEMO, LaunchSpec
from simulation.spend import WORTH, write_spend
from simulation.tenant import Frame, make_tenant

Truth = Callable[[Path, str], list[dict[str, Any]]]
NOW = "2026-08-01T12:00:00Z"
LAUNCH = LaunchSpec(show=2, begins_days=58, days=12, monthly=0.1, effect=0.3)
VERDICTS = ("unsaturated", "saturating", "saturated", "not_identifiable")


def make_launched(folder: Path, launch: LaunchSpec) -> dict[str, Any]:
    spec = replace(DEMO[0], requests=6_000, events=900, spend_weeks=0, launch=launch)
    with TruthFiles(folder / "truth") as truth:
        return make_tenant(Frame(3, parse_now(NOW), "http://127.0.0.1:8803", folder), 0, spec, truth, folder / "events.part")


def launch_row(folder: Path, truth: Truth, document: dict[str, Any]) -> dict[str, Any]:
    (campaign,) = [one for one in document["campaigns"] if one["utm_campaign"].endswith("-launch")]
    return next(row for row in truth(folder, "lift") if row["campaign_id"] == campaign["campaign_id"])


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("launched")
    yield folder, make_launched(folder, LAUNCH)


def test_the_lift_of_a_launch_is_what_its_ads_caused_over_what_was_bought_anyway(
    launched: tuple[Path, dict[str, Any]], truth: Truth
) -> None:
    folder, document = launched
    row = launch_row(folder, truth, document)
    caused, others = int(row["caused_orders"]), int(row["orders"]) - int(row["caused_orders"])
    assert float(row["lift"]) == pytest.approx(caused / others, abs=1e-6)
    # All homes heard it more than four weeks ago: none of its orders within four weeks of the first ad is missing.
    orders = [order for order in truth(folder, "orders") if order["campaign_id"] == row["campaign_id"]]
    assert 0.5 * len(orders) < caused <= len(orders)
    assert float(row["lift"]) > 0.5


def test_ads_without_an_effect_lift_nothing(tmp_path: Path, truth: Truth) -> None:
    """A truth that counts every order after an ad as its own would say that they do."""
    row = launch_row(tmp_path, truth, make_launched(tmp_path, replace(LAUNCH, effect=0.0)))
    assert (row["caused_orders"], float(row["lift"])) == ("0", 0.0)
    assert int(row["orders"]) > 5


def test_who_makes_a_launch_makes_nothing_else(launched: tuple[Path, dict[str, Any]]) -> None:
    """Another campaign of the sponsor would be among what people buy anyway."""
    _, document = launched
    sponsors = [campaign["sponsor_id"] for campaign in document["campaigns"]]
    (launch,) = [campaign for campaign in document["campaigns"] if campaign["utm_campaign"].endswith("-launch")]
    assert sponsors.count(launch["sponsor_id"]) == 1
    assert launch["status_history"][-1]["to_status"] == launch["status"]


def test_sales_abroad_have_a_rate_of_the_day_or_shortly_before(launched: tuple[Path, dict[str, Any]], truth: Truth) -> None:
    folder, tenant = launched
    with (folder / "imports" / tenant["slug"] / "currency_rates.csv").open(encoding="utf-8", newline="") as file:
        rates = {(row["from_currency"], row["to_currency"], row["date"]): float(row["rate"]) for row in csv.DictReader(file)}
    abroad = [row for row in truth(folder, "orders") if row["tenant"] == tenant["slug"] and row["currency"] != tenant["currency"]]
    assert abroad
    for row in abroad:
        days = (date.fromisoformat(row["ordered_at"][:10]) - timedelta(days=back) for back in range(4))
        assert any((row["currency"], tenant["currency"], day.isoformat()) in rates for day in days)
    assert {row["sponsor_id"] for row in abroad} == {tenant["sponsors"][0]["sponsor_id"]}


def test_rates_stand_still_on_weekends_and_walk_otherwise() -> None:
    rates = make_rates(1, "CAD", "USD", 20_000, 20_030)
    assert not {(date(1970, 1, 1) + timedelta(days=day)).weekday() for day in rates if day != 20_000} & {5, 6}
    assert 0.6 < min(rates.values()) < max(rates.values()) < 0.9
    assert len(set(rates.values())) > 15


def test_a_share_of_revenue_has_a_rate_and_no_price(launched: tuple[Path, dict[str, Any]], tiny: Path) -> None:
    _, first = launched
    other = json.loads((tiny / "app.json").read_text("utf-8"))["tenants"][0]
    placements = [placement for campaign in first["campaigns"] for placement in campaign["placements"]]
    shared = [placement for placement in placements if placement["price_model"] == "revenue_share"]
    assert shared and all(placement["price_minor"] == 0 and placement["share_rate"] for placement in shared)
    assert all(placement["share_rate"] is None for placement in placements if placement not in shared)
    assert first["attribution_models"] and first["lift_holdouts"]
    assert not other["attribution_models"] and not other["lift_holdouts"]


def test_a_holdout_is_a_show_that_the_campaign_left_out(launched: tuple[Path, dict[str, Any]]) -> None:
    _, tenant = launched
    (held,) = tenant["lift_holdouts"]
    campaign = next(one for one in tenant["campaigns"] if one["campaign_id"] == held["campaign_id"])
    assert held["show_id"] not in {placement["show_id"] for placement in campaign["placements"]}
    assert (held["starts_on"], held["ends_on"]) == (campaign["flight_start"], campaign["flight_end"])


@pytest.mark.parametrize("day", [20_300, 20_304])
def test_the_books_have_every_verdict_and_each_is_the_truths(tmp_path: Path, day: int) -> None:
    """Whatever weekday it is: what is spent at the end, not a month's chance, decides on which part of the curve a show lies."""
    site = Site("site", "shop", "shop.example", "wk", False, "value")
    sponsors = [Sponsor(str(UUID(int=n)), "S", "s", "0.5", "USD", site, 5_000) for n in (1, 2)]
    shows = tuple(
        Show(str(UUID(int=10 + n)), f"show-{n}", "", "en", "libsyn", "", "UTC", "1", 3_000, True, False, 1.0, ()) for n in range(4)
    )
    write_spend(tmp_path / "spend.csv", "tenant", 20_260_101, 104, day, sponsors, shows, is_worth_it=True)
    channels = list(read_channels(tmp_path / "spend.csv"))
    found = [one.verdict for one in fit(to_panel(channels, {}), Settings(), 20_260_101)]
    # By the number of the pair: what its next unit is worth, but for every fourth, whose spend never varies.
    true = [VERDICTS[3] if number % 4 == 3 else VERDICTS[number % len(WORTH)] for number in range(8)]
    assert set(true) == set(VERDICTS)
    assert sum(one == other for one, other in zip(found, true, strict=True)) >= 7, (found, true)
    assert {"unsaturated", "not_identifiable"} <= set(found) and {"saturating", "saturated"} & set(found)


def read_channels(path: Path) -> Iterator[Channel]:
    """The books by whole weeks from Monday, as they are fitted."""
    weeks: dict[tuple[str, str], dict[date, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0, 0.0, 0.0]))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            week = weeks[row["sponsor_id"], row["show_id"]][day - timedelta(days=day.weekday())]
            for place, value in enumerate((float(row["spend"]) * 100, float(row["revenue"]) * 100, float(row["conversions"]), 1)):
                week[place] += value
    for (sponsor, show), of_one in weeks.items():
        whole = [week for week, sums in sorted(of_one.items()) if sums[3] == 7]
        yield Channel(
            1, UUID(sponsor), UUID(show), "books", "USD", 0.5, None, None, whole, [of_one[week][0] for week in whole],
            [of_one[week][1] for week in whole], sum(of_one[week][2] for week in whole), 0,
        )  # fmt: skip
