"""An address by which too many devices are seen is no household: at the limit and above it, at the window's end and before."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.marts.explanation import explain_conversion
from api.marts.warehouse import Warehouse

T = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
WEEK = 7 * DAY
HOME: dict[str, Any] = {"household_hash": b"home", "key_epoch": 1, "ip_class": "household"}


def heard(t: Any, times: list[datetime], ip_class: str = "household") -> None:
    """One ad a time, each by a device of its own, and an order of the same address a day after the last."""
    t.placement(t.campaign("a"))
    for at in times:
        t.exposure(at, ip_class=ip_class)
    t.purchase(max(times) + DAY, **{**HOME, "ip_class": ip_class})


def fifteen_devices(t: Any) -> None:
    heard(t, [T + n * SECOND for n in range(15)])


def sixteen_devices(t: Any) -> None:
    heard(t, [T + n * SECOND for n in range(16)])


def the_sixteenth_a_week_after_the_first(t: Any) -> None:
    heard(t, [T] + [T + DAY + n * SECOND for n in range(14)] + [T + WEEK])


def the_sixteenth_a_second_sooner(t: Any) -> None:
    heard(t, [T] + [T + DAY + n * SECOND for n in range(14)] + [T + WEEK - SECOND])


def one_device_seen_sixteen_times(t: Any) -> None:
    heard(t, [T + n * SECOND for n in range(16)])
    t.execute("update raw.logs_requests set user_agent = 'App/' || tenant_id where tenant_id = %s", t.tenant_id)


def five_hundred_devices(t: Any) -> None:
    heard(t, [T + n * SECOND for n in range(500)])


def a_mobile_network_of_sixteen(t: Any) -> None:
    heard(t, [T + n * SECOND for n in range(16)], ip_class="mobile")


def fifteen_apps_and_fifteen_browsers(t: Any) -> None:
    heard(t, [T + n * SECOND for n in range(15)])
    for n in range(14):
        t.event(None, T, anonymous_id=f"b{n}", **HOME)


def sixteen_browsers(t: Any) -> None:
    t.placement(t.campaign("a"))
    t.exposure(T)
    for n in range(15):
        t.event(None, T, anonymous_id=f"b{n}", **HOME)
    t.purchase(T + DAY, **HOME)


def sixteen_browsers_of_which_one_clicked(t: Any) -> None:
    t.campaign("a")
    for n in range(14):
        t.event(None, T, anonymous_id=f"b{n}", **HOME)
    t.click("a", T, person="anna", **HOME)
    t.click("a", T, person="bob", **HOME)
    t.purchase(T + DAY, order="anna", person="anna", **HOME)
    t.purchase(T + 2 * DAY, order="eve", person="eve")
    t.event("Order Completed", T + 3 * DAY, user_id="someone", properties={"order_id": "server", "total": "1"}, **HOME)


def an_account_that_allows_thirty(t: Any) -> None:
    t.settings(household_devices=30)
    sixteen_devices(t)


def an_account_of_two_devices_in_a_day(t: Any) -> None:
    t.settings(household_devices=2, household_devices_window_s=86_400)
    heard(t, [T, T + DAY / 2, T + DAY])


def an_order_that_names_the_crowded_key_of_before(t: Any) -> None:
    """The keys changed: the order's own is new, and the one before tells that its address is of many."""
    t.placement(t.campaign("a"))
    for n in range(16):
        t.exposure(T + n * SECOND)
    hashes = [
        t.execute("select household_hash from raw.logs_requests where tenant_id = %s limit 1", t.tenant_id)[0]["household_hash"]
    ]
    t.click("a", T + DAY, person="bob", household_hash=b"new", key_epoch=2, ip_class="household")
    (new,) = t.execute(
        "select household_hash from raw.collector_events where tenant_id = %s and household_hash is not null", t.tenant_id
    )
    t.purchase(
        T + 2 * DAY, household_hash=b"new", key_epoch=2, ip_class="household",
        household_hashes=[*hashes, new["household_hash"]], household_epochs=[1, 2],
    )  # fmt: skip


def one_crowded_address_of_ten(t: Any) -> None:
    t.placement(t.campaign("a"))
    for n in range(16):
        t.exposure(T + n * SECOND, household=b"office")
    for n in range(9):
        t.exposure(T, household=b"home %d" % n)


CASES = [
    fifteen_devices, sixteen_devices, the_sixteenth_a_week_after_the_first, the_sixteenth_a_second_sooner,
    one_device_seen_sixteen_times, five_hundred_devices, a_mobile_network_of_sixteen, fifteen_apps_and_fifteen_browsers,
    sixteen_browsers, sixteen_browsers_of_which_one_clicked, an_account_that_allows_thirty, an_account_of_two_devices_in_a_day,
    an_order_that_names_the_crowded_key_of_before, one_crowded_address_of_ten,
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "crowd", "touches"),
    [
        ("fifteen_devices", None, 15),
        ("sixteen_devices", 16, 0),
        ("the_sixteenth_a_week_after_the_first", None, 16),
        ("the_sixteenth_a_second_sooner", 16, 0),
        # And so is one download.
        ("one_device_seen_sixteen_times", None, 1),
        ("five_hundred_devices", 500, 0),
        # A day at most, as ever: the last of them is just a day before, and the others are more.
        ("a_mobile_network_of_sixteen", 16, 1),
        ("fifteen_apps_and_fifteen_browsers", None, 15),
        ("sixteen_browsers", 16, 0),
        ("an_account_that_allows_thirty", None, 16),
        ("an_account_of_two_devices_in_a_day", None, 3),
        ("an_order_that_names_the_crowded_key_of_before", 16, 0),
    ],
)
def test_an_address_of_more_devices_than_the_limit_matches_nobody(
    cases: dict[str, Any], case: str, crowd: int | None, touches: int
) -> None:
    t = cases[case]
    found = t.rows("marts.crowded_households")
    assert [row["device_count"] for row in found] == ([] if crowd is None else [crowd])
    assert sum(1 for row in t.credits() if row["touch_kind"] != "unattributed") == touches
    assert sum(row["linear_ppb"] for row in t.credits()) == 1_000_000_000


def test_people_are_matched_by_their_own_ids_all_the_same(cases: dict[str, Any]) -> None:
    """Anna's click is hers, Bob's is nobody's, and by the address no order resets another's path."""
    t = cases["sixteen_browsers_of_which_one_clicked"]
    by_order = {row["order_id"]: row["touch_kind"] for row in t.credits()}
    assert by_order == {"anna": "click", "eve": "unattributed", "server": "unattributed"}
    assert [row["previous_converted_at"] for row in t.conversions()] == [None, None, None]


def test_what_is_excluded_is_counted_beside_the_usable_share(cases: dict[str, Any]) -> None:
    (row,) = cases["one_crowded_address_of_ten"].rows("marts.campaign_delivery")
    assert (row["household_count"], row["crowded_household_count"]) == (9, 1)
    assert (row["usable_rate"], row["crowded_rate"]) == (9 / 25, 16 / 25)
    (rules,) = cases["an_account_of_two_devices_in_a_day"].rows("marts.attribution_rules")
    assert (rules["household_devices"], rules["household_devices_window_s"]) == (2, 86_400)


def test_an_explanation_says_that_the_address_is_of_many(cases: dict[str, Any]) -> None:
    t = cases["sixteen_devices"]
    with Warehouse(t.url) as warehouse, warehouse.tenant(t.tenant_id) as c:
        said = explain_conversion(c, t.conversions()[0]["conversion_id"])
    assert said.matching.household == "crowded_address"
    assert {touch.reason for touch in said.not_eligible} == {"crowded_address"}
    assert (said.versions.household_devices, said.versions.household_devices_window_s) == (15, 604_800)


def crowded_by_hand(sightings: list[tuple[datetime, int]], limit: int, window: timedelta) -> int:
    """The most devices in any window that begins with a sighting; 0 where that is within the limit."""
    most = max(len({device for other, device in sightings if at <= other < at + window}) for at, _ in sightings)
    return most if most > limit else 0


def test_random_addresses_are_as_counted_by_hand_in_any_order_of_arrival_and_any_cut(tenant: Any, build: Any) -> None:
    """Builds over thirds of what came in random order equal the count over all of it, and a full build."""
    chance, window = random.Random(52), timedelta(days=2)  # noqa: S311
    tenant.settings(household_devices=4, household_devices_window_s=172_800)
    tenant.placement(tenant.campaign("a"))
    homes = {
        b"home %d" % n: [
            (T + timedelta(hours=chance.randrange(120)), chance.randrange(9)) for _ in range(chance.choice((6, 8, 10, 12)))
        ]
        for n in range(25)
    }
    arrivals = [(at, home, device) for home, seen in homes.items() for at, device in seen]
    chance.shuffle(arrivals)
    for part in range(3):
        for at, home, device in arrivals[part::3]:
            tenant.exposure(at, household=home)
            tenant.execute(
                "update raw.logs_requests set user_agent = %s where file_offset = %s and tenant_id = %s",
                f"App/{device}", tenant.serial, tenant.tenant_id,
            )  # fmt: skip
        build()
    expected = sorted(most for seen in homes.values() if (most := crowded_by_hand(seen, 4, window)))
    assert 3 < len(expected) < 22

    def found() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = tenant.rows("marts.crowded_households", "device_count, crowded_at, household_hash")
        return rows

    incremental, touches = found(), tenant.rows("marts.attribution_touches", "touch_id")
    assert [row["device_count"] for row in incremental] == expected
    build("full")
    assert found() == incremental
    assert tenant.rows("marts.attribution_touches", "touch_id") == touches
    assert {row["ip_class"] for row in touches} == {"household", "crowded"}
