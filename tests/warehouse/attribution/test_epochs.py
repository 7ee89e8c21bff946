"""Household keys rotate, and every touch meets every conversion of its household in the window exactly once, as without keys.

The world runs through a year: what the collector hashes is restated here from its own key functions and the keys' own plan.
"""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from api.collector.households import HouseholdKey, key_at, live_keys
from assets.pixels.household_keys import Epoch, plan

START = datetime(2025, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = timedelta(days=30)
HOMES = ("north", "south")


def keys_over_time() -> dict[int, tuple[HouseholdKey, ...]]:
    """The keys that are there on each day of the year, as the daily rotation leaves them."""
    epochs = [Epoch(1, datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))]
    there: dict[int, tuple[HouseholdKey, ...]] = {}
    for day in range(330):
        change = plan(epochs, START + day * DAY, WINDOW)
        if change.next_starts_at is not None:
            epochs[-1] = Epoch(epochs[-1].epoch, epochs[-1].valid_from, change.next_starts_at)
            epochs.append(Epoch(epochs[-1].epoch + 1, change.next_starts_at, datetime(9999, 12, 30, tzinfo=UTC)))
        epochs = [epoch for epoch in epochs if epoch.epoch not in change.destroyed]
        there[day] = tuple(HouseholdKey(e.epoch, b"%d" % e.epoch, e.valid_from, e.valid_to) for e in epochs)
    return there


def hashed(key: HouseholdKey, home: str) -> bytes:
    return hashlib.sha256(key.secret + home.encode()).digest()


def year(t: Any) -> None:
    """Visits and orders of two homes by other people each time: only the household can join them."""
    t.campaign("a")
    keys, chance = keys_over_time(), random.Random(20260401)  # noqa: S311
    for number in range(180):
        at = START + timedelta(seconds=chance.randrange(329 * 86_400))
        held, home = keys[(at - START).days], chance.choice(HOMES)
        own = key_at(held, at)
        assert own is not None
        # The fixture digests this one itself.
        address: dict[str, Any] = {"household_hash": own.secret + home.encode(), "key_epoch": own.epoch, "ip_class": "household"}
        if number % 3:
            t.event(None, at, anonymous_id=f"visitor-{number}", context={"campaign": {"name": "a"}}, **address)
        else:
            live = live_keys(held, at)
            address |= {"household_hashes": [hashed(key, home) for key in live], "household_epochs": [key.epoch for key in live]}
            t.event(
                "Order Completed",
                at,
                anonymous_id=f"buyer-{number}",
                properties={"order_id": f"{home}-{number}", "total": "1"},
                **address,
            )


def unreset_year(t: Any) -> None:
    t.settings(reset_path_on_conversion=False)
    year(t)


CASES = [year, unreset_year]


def pairs(t: Any) -> set[tuple[str, str]]:
    rows = t.execute(
        "select v.order_id, e.anonymous_id from marts.attribution_credits as p "
        "inner join intermediate.int_conversions as v using (tenant_id, conversion_id) "
        "inner join intermediate.int_touches as e using (tenant_id, touch_id) where p.tenant_id = %s",
        t.tenant_id,
    )
    found = [(row["order_id"], row["anonymous_id"]) for row in rows]
    assert len(found) == len(set(found))
    return set(found)


def expected(resets: bool) -> set[tuple[str, str]]:
    """The same world without any key: who was at home decides."""
    chance = random.Random(20260401)  # noqa: S311
    visits: list[tuple[str, datetime, str]] = []
    orders: list[tuple[str, datetime, str]] = []
    for number in range(180):
        at = START + timedelta(seconds=chance.randrange(329 * 86_400))
        home = chance.choice(HOMES)
        (visits if number % 3 else orders).append((home, at, f"visitor-{number}" if number % 3 else f"{home}-{number}"))
    met = set()
    for home, at, order in orders:
        before = max((other for place, other, _ in orders if place == home and other < at), default=None) if resets else None
        for place, seen, visitor in visits:
            if place == home and at - WINDOW <= seen <= at and (before is None or seen > before):
                met.add((order, visitor))
    return met


def test_every_pair_meets_exactly_once_over_three_rotations(cases: dict[str, Any]) -> None:
    assert len(expected(False)) > 250
    assert pairs(cases["unreset_year"]) == expected(False)


def test_the_order_before_is_found_across_a_rotation_too(cases: dict[str, Any]) -> None:
    assert len(expected(True)) > 60
    assert pairs(cases["year"]) == expected(True)
