"""The people: households of one to four, their devices, where else they are online, and what they listen to."""

from random import Random

from simulation.addresses import (
    Household,
    home_address,
    household_ipv4,
    household_prefix,
    mobile_address,
    office_address,
    vpn_address,
)
from simulation.agents import BROWSERS, HOME_APPS, PHONE_APPS
from simulation.chance import stream
from simulation.clock import DAY, HOUR, MINUTE, as_datetime
from simulation.model import Device, Person, Show

SESSIONS_PER_PERSON = 22


def make_audience(tenant: int, seed: int, size: int, shows: tuple[Show, ...], window_start: int, first: int = 0) -> list[Person]:
    """`size` people or a few more, household by household, numbered from `first` on, so that a number is one person of a tenant.

    Of those who browse, one in twelve denies consent or sends GPC.
    """
    rng = stream(seed, tenant, "audience")
    people: list[Person] = []
    number = 0
    while len(people) < size:
        household = _make_household(tenant, number, rng, window_start)
        for _ in range(rng.choices((1, 2, 3, 4), (36, 34, 18, 12))[0]):
            people.append(_make_person(tenant, first + len(people), household, rng, shows))
        number += 1
    return people


def _make_household(tenant: int, number: int, rng: Random, window_start: int) -> Household:
    prefixes: tuple[tuple[int, str], ...] = ()
    if rng.random() < 0.4:
        prefixes = ((0, household_prefix(tenant, number, 0)),)
        if rng.random() < 0.2:  # the provider hands out another /64 in the middle of it all
            prefixes += ((window_start + rng.randrange(10, 85) * DAY, household_prefix(tenant, number, 1)),)
    return Household(number, household_ipv4(tenant, number), prefixes)


def _make_person(tenant: int, number: int, household: Household, rng: Random, shows: tuple[Show, ...]) -> Person:
    is_ipv6 = bool(household.prefixes)
    devices = [Device(0, rng.choice(PHONE_APPS), is_ipv6, False)]
    if rng.random() < 0.35:
        devices.append(Device(1, rng.choice(HOME_APPS), is_ipv6 and rng.random() < 0.85, True))
    weights = [show.weight for show in shows]
    count = min(len(shows), rng.choices((1, 2, 3), (55, 30, 15))[0])
    chosen: list[int] = []
    while len(chosen) < count:
        show = rng.choices(range(len(shows)), weights)[0]
        if show not in chosen:
            chosen.append(show)
    skew = rng.choices((0, rng.randrange(-900, 900), rng.randrange(-3, 4) * HOUR, rng.randrange(-2, 3) * DAY), (70, 22, 6, 2))[0]
    return Person(
        number=number,
        name=f"p{tenant}-{number}",
        household=household,
        devices=tuple(devices),
        browser=rng.choice(BROWSERS),
        browser_is_ipv6=is_ipv6 and rng.random() < 0.9,
        mobile_share=rng.choice((0.05, 0.15, 0.3)),
        office=number // 9 if rng.random() < 0.1 else None,
        uses_vpn=rng.random() < 0.012,
        has_consent=rng.random() >= 1 / 12,
        clock_skew=skew,
        shows=tuple(sorted(chosen)),
    )


def address_of(person: Person, device: Device | None, moment: int, rng: Random) -> str:
    """Where the person is online at that moment; `device` None: the browser."""
    if person.uses_vpn:
        return vpn_address(rng.randrange(1_000))
    is_ipv6 = person.browser_is_ipv6 if device is None else device.is_ipv6
    number = 9 if device is None else device.number
    if device is None or not device.is_home:
        if person.office is not None and rng.random() < 0.5 and _is_office_hour(moment):
            return office_address(person.office)
        if rng.random() < person.mobile_share:
            return mobile_address(rng.randrange(10_000), person.number, is_ipv6, moment)
    return home_address(person.household, moment, number, is_ipv6)


def _is_office_hour(moment: int) -> bool:
    at = as_datetime(moment)
    return at.weekday() < 5 and 8 * HOUR <= moment % DAY < 18 * HOUR + 30 * MINUTE
