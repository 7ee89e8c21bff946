"""What is kept of an IP address: a keyed hash, a class, a truncated prefix; never the address (domain rules, section 5)."""

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NO_LIST = "none"


def parse_address(text: str) -> Address:
    """The address, an IPv4-mapped IPv6 one as IPv4. Raises ValueError for anything else."""
    try:
        # In C where it is plain IPv4, as most are: a tenth of the time, and as strict (no leading zeros, four numbers).
        return ipaddress.IPv4Address(socket.inet_pton(socket.AF_INET, text))
    except (OSError, ValueError, TypeError):
        pass
    # A zone index (fe80::1%eth0) names an interface of the server, nothing of the listener.
    address = ipaddress.ip_address(text.strip().partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def household_bytes(address: Address) -> bytes:
    """What identifies a household: the IPv4 address, or the first 64 bits of the IPv6 one (a household's usual share)."""
    return address.packed if address.version == 4 else address.packed[:8]


def household_hash(secret: bytes, address: Address) -> bytes:
    """HMAC-SHA256(secret, ip4 or ip6/64), 32 bytes: the same household under the same key and under no other."""
    return hmac.digest(secret, household_bytes(address), "sha256")


def prefix(address: Address) -> str:
    """The truncated prefix that may be stored: /24 for IPv4, /48 for IPv6."""
    if address.version == 4:
        # By hand: ip_network takes ten times as long, and a log has hundreds of thousands of addresses.
        first, second, third, _ = address.packed
        return f"{first}.{second}.{third}.0/24"
    return f"{ipaddress.IPv6Address(address.packed[:6] + bytes(10))}/48"


@dataclass(frozen=True)
class HouseholdKey:
    """One epoch of a tenant's key: used for what happened at valid_from <= t < valid_to (aware, UTC)."""

    epoch: int
    secret: bytes = field(repr=False)
    valid_from: datetime
    valid_to: datetime


def key_at(keys: Sequence[HouseholdKey], at: datetime) -> HouseholdKey:
    """The key of the epoch that `at` lies in; the nearest one where none does. `keys` is sorted by epoch and not empty."""
    for key in reversed(keys):
        if key.valid_from <= at:
            return key
    return keys[0]


@dataclass(frozen=True)
class IpRanges:
    """One version of the list of IP ranges, ready for longest-prefix look-up: {(IP version, prefix length): {network: class}}."""

    version: str = NO_LIST
    tables: Mapping[tuple[int, int], Mapping[int, str]] = field(default_factory=dict, repr=False)

    def classify(self, address: Address) -> str:
        """The class of the longest range that holds the address. Outside every range: a household; without a list: unknown."""
        bits, number = (32, int(address)) if address.version == 4 else (128, int(address))
        for (version, length), networks in self.tables.items():
            if version == address.version and (found := networks.get(number >> (bits - length))) is not None:
                return found
        return "unknown" if self.version == NO_LIST else "household"


def build_ranges(version: str, entries: Iterable[tuple[str, str]]) -> IpRanges:
    """`entries` are (network in CIDR notation, class)."""
    tables: dict[tuple[int, int], dict[int, str]] = {}
    for text, ip_class in entries:
        network = ipaddress.ip_network(text, strict=False)
        bits = 32 if network.version == 4 else 128
        shifted = int(network.network_address) >> (bits - network.prefixlen)
        tables.setdefault((network.version, network.prefixlen), {})[shifted] = ip_class
    longest_first = sorted(tables, key=lambda key: -key[1])
    return IpRanges(version, {key: tables[key] for key in longest_first})


_CANDIDATE = re.compile(rb"(?<![0-9A-Za-z.:])(?:[0-9A-Fa-f]|[.:]|%3[Aa])+(?:%(?!3[Aa])[0-9A-Za-z]+)?(?![0-9A-Za-z])")


def scrub(original: bytes) -> bytes:
    """The bytes with every IP address in them, percent-encoded colons included, replaced by its truncated prefix."""
    return _CANDIDATE.sub(_cut, original)


def _cut(match: re.Match[bytes]) -> bytes:
    text = match.group().decode("ascii")
    bare = re.sub("%3[Aa]", ":", text).partition("%")[0].rstrip(".")
    host, _, port = bare.rpartition(":")
    for candidate in (bare, bare.strip(":"), host if port.isdigit() and host.count(":") == 0 else ""):
        try:
            return prefix(parse_address(candidate)).encode()
        except ValueError:
            continue
    return match.group()


def file_digest(content: bytes) -> str:
    """The version of a list: the first 12 hex digits of its content's SHA-256."""
    return hashlib.sha256(content).hexdigest()[:12]
