"""Rates that make the world worth measuring: where they drift, every later figure means something else."""

import csv
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulation.clock import DAY, parse_now

Truth = Callable[[Path, str], list[dict[str, Any]]]


def test_about_half_of_conversions_come_more_than_seven_days_after_the_exposure(network: Path, truth: Truth) -> None:
    caused = [row for row in truth(network, "orders") if row["cause"] == "exposure"]
    delays = [(parse_now(row["ordered_at"]) - parse_now(row["exposed_at"])) / DAY for row in caused]
    assert len(delays) > 200
    assert min(delays) > 0
    assert 0.45 <= sum(delay > 7 for delay in delays) / len(delays) <= 0.62


def test_codes_are_about_a_fifth_of_what_a_pixel_sees(network: Path, truth: Truth) -> None:
    caused = [row for row in truth(network, "orders") if row["cause"] == "exposure"]
    seen = sum(row["is_household_visible"] == "1" for row in caused)
    assert 0.13 <= sum(row["promo_code"] != "" for row in caused) / seen <= 0.3
    assert 0.5 <= seen / len(caused) <= 0.85


def test_some_orders_are_organic_some_leak_a_code_and_some_are_lost(network: Path, truth: Truth) -> None:
    orders = truth(network, "orders")
    organic = [row for row in orders if row["cause"] == "organic"]
    assert 0.3 <= len(organic) / len(orders) <= 0.55
    assert any(row["promo_code"] for row in organic)
    assert {row["is_delivered"] for row in orders} == {"0", "1"}
    assert {row["evidence_kind"] for row in orders} == {"", "click", "vanity", "code", "exposure"}


def test_the_stronger_evidence_owns_the_order(network: Path, truth: Truth) -> None:
    for row in truth(network, "orders"):
        assert (row["evidence_kind"] == "") == (row["evidence_campaign_id"] == "")
        is_recent = row["exposed_at"] != "" and parse_now(row["ordered_at"]) - parse_now(row["exposed_at"]) <= 30 * DAY
        assert not is_recent or row["evidence_kind"] != "", "an exposure in the window that caused an order is evidence for it"


def test_three_quarters_of_users_have_value_within_a_quarter_of_an_hour(network: Path, truth: Truth) -> None:
    users = truth(network, "users")
    quick = sum(row["ttfv_s"] != "" and 0 < float(row["ttfv_s"]) <= 900 for row in users)
    assert 0.66 <= quick / len(users) <= 0.84
    assert any(row["ttfv_s"] == "" for row in users)


def test_two_years_of_spend_follow_the_true_curve(tmp_path: Path) -> None:
    from simulation.model import Show, Site, Sponsor
    from simulation.spend import write_spend

    site = Site("site", "shop", "shop.example", "wk", False, "value")
    sponsor = Sponsor("sponsor", "Sponsor", "sponsor", "0.5", "USD", site, 5_000)
    shows = tuple(Show(f"show-{n}", f"show-{n}", "", "en", "libsyn", "", "UTC", "1", 3_000, True, False, 1.0, ()) for n in range(4))
    curves = write_spend(tmp_path / "spend.csv", "tenant", 5, 104, 20_000, [sponsor], shows)
    with (tmp_path / "spend.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 104 * 7
    by_show = {show.show_id: [row for row in rows if row["show_id"] == show.show_id] for show in shows}
    weekly = {
        show: [sum(float(row["spend"]) for row in days[start : start + 7]) for start in range(0, len(days), 7)]
        for show, days in by_show.items()
    }
    spread = {show: statistics.pstdev(values) / statistics.mean(values) for show, values in weekly.items()}
    assert all(spread[f"show-{n}"] > 0.3 for n in range(3))
    assert spread["show-3"] < 0.01, "the fourth pair spends the same each week: not identifiable"
    # At the reference spend a saturated show is far up its curve and an unsaturated one is not.
    ratios = [float(str(curve[-1])) for curve in curves]
    assert ratios[0] < 0.35 and ratios[2] > 0.65
    assert all(float(row["conversions"]) >= 0 and float(row["spend"]) >= 0 for row in rows)


def test_a_networks_shows_are_worth_more_and_less_than_they_cost(tmp_path: Path) -> None:
    """A demo in which every show is saturated: its books would have one verdict, and its advice nothing to move."""
    from simulation.model import Show, Site, Sponsor
    from simulation.spend import WORTH, write_spend

    site = Site("site", "shop", "shop.example", "wk", False, "value")
    sponsor = Sponsor("sponsor", "Sponsor", "sponsor", "0.5", "USD", site, 5_000)
    shows = tuple(Show(f"show-{n}", f"show-{n}", "", "en", "libsyn", "", "UTC", "1", 3_000, True, False, 1.0, ()) for n in range(3))
    curves = write_spend(tmp_path / "spend.csv", "tenant", 5, 8, 20_000, [sponsor], shows, is_worth_it=True)
    for curve, worth in zip(curves, WORTH, strict=True):
        most, _, slope, _, _, reference, ratio = map(float, map(str, curve[3:]))
        assert abs(most * 5_000 * 0.5 * slope / reference * ratio * (1 - ratio) - worth) < 0.01 * worth
