"""Addresses of the simulated internet, and the lists of what each network is.

Everything that no list names is a household. A household is one IPv4 address behind NAT or an IPv6 /64 in which the
interface part moves every day, as privacy extensions make it; some /64 are replaced by another within the 90 days.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from simulation.chance import digest
from simulation.clock import DAY

RANGES: tuple[tuple[str, str], ...] = (
    ("3.0.0.0/9", "datacenter"),
    ("52.0.0.0/10", "datacenter"),
    ("2600:1f00::/24", "datacenter"),
    ("172.56.0.0/13", "mobile"),
    ("2607:fb90::/28", "mobile"),
    ("12.160.0.0/12", "corporate"),
    ("198.137.0.0/16", "corporate"),
    ("185.220.100.0/22", "vpn"),
)
_BOUNDS = tuple(
    (network.version, int(network.network_address), int(network.broadcast_address), ip_class)
    for network, ip_class in ((ipaddress.ip_network(text), ip_class) for text, ip_class in RANGES)
)
_FIRST_OCTETS = (24, 71, 76, 98)


@dataclass(frozen=True, slots=True)
class Household:
    """One home connection. `prefixes` are its /64 networks with the moment from which each holds; empty: IPv4 only."""

    number: int
    ipv4: str
    prefixes: tuple[tuple[int, str], ...]


def household_ipv4(tenant: int, number: int) -> str:
    """An address of its own for each household of each tenant: multiplying by an odd number permutes the 24-bit space."""
    n = (tenant * 65_536 + number) * 2_654_435 & 0xFFFFFF
    return f"{_FIRST_OCTETS[number % 4]}.{n >> 16}.{n >> 8 & 255}.{n & 255}"


def household_prefix(tenant: int, number: int, generation: int) -> str:
    n = (tenant * 65_536 + number) * 2_654_435 & 0xFFFFFF
    return f"2601:{n >> 12:x}:{(n & 0xFFF) + 4096 * generation:x}:{number % 16:x}"


def in_prefix(prefix: str, *parts: object) -> str:
    """An address within a /64, its lower half drawn from the parts."""
    low = digest("interface", prefix, *parts)
    return f"{prefix}:{low >> 48:x}:{low >> 32 & 0xFFFF:x}:{low >> 16 & 0xFFFF:x}:{low & 0xFFFF:x}"


def home_address(household: Household, moment: int, device: int, is_ipv6: bool) -> str:
    if not is_ipv6 or not household.prefixes:
        return household.ipv4
    prefix = household.prefixes[0][1]
    for valid_from, candidate in household.prefixes:
        if moment >= valid_from:
            prefix = candidate
    return in_prefix(prefix, device, moment // DAY)


def mobile_address(draw: int, person: int, is_ipv6: bool, moment: int) -> str:
    """Carrier-grade NAT: an IPv4 address that many people share, or a /64 of the phone's own that changes each day."""
    if is_ipv6:
        return in_prefix(f"2607:fb90:{person % 65536:x}:{moment // DAY % 65536:x}", person)
    return f"172.{56 + draw % 2}.{draw // 2 % 8}.{10 + draw % 40}"


def office_address(office: int) -> str:
    return f"12.160.{office // 200 % 256}.{20 + office % 200}"


def datacenter_address(draw: int) -> str:
    return f"52.{draw % 60}.{draw // 60 % 256}.{draw % 251}" if draw % 3 else in_prefix(f"2600:1f18:{draw % 4096:x}:1", draw)


def vpn_address(draw: int) -> str:
    return f"185.220.{100 + draw % 4}.{1 + draw // 4 % 250}"


@lru_cache(maxsize=200_000)
def _parse(ip: str) -> tuple[int, int]:
    address = ipaddress.ip_address(ip)
    return address.version, int(address)


@lru_cache(maxsize=200_000)
def classify(ip: str) -> str:
    """What the lists say of an address; `household` where none names it."""
    version, number = _parse(ip)
    return next((name for family, low, high, name in _BOUNDS if family == version and low <= number <= high), "household")


@lru_cache(maxsize=200_000)
def household_key(ip: str) -> str:
    """The IPv4 address, or the first 64 bits of an IPv6 one (domain rules, section 1)."""
    version, number = _parse(ip)
    return ip if version == 4 else f"{number >> 64:016x}"


def forget_addresses() -> None:
    """Empty the memory of addresses seen: a world of a hundred tenants has millions, and no tenant shares any with another."""
    for remembered in (_parse, classify, household_key):
        remembered.cache_clear()
