"""From an address to what may be kept of it (domain rules, section 5): a keyed hash, a class, a truncated prefix. Pure.

An address is `packed`: 4 bytes of IPv4 or 16 of IPv6; an IPv4 address mapped into IPv6 is IPv4.
"""

import hmac
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from api.settings import Network

# Anything shaped like an address, colons percent-encoded too; what only looks like one (a time, a version) is told by parsing it.
_SHAPES = re.compile(
    rb"(?<![\w.:])(?:[0-9A-Fa-f]{0,4}(?::|%3[Aa])){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4})(?![\w:])"
    rb"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d)"
)


@lru_cache(maxsize=65_536)
def pack(text: str) -> bytes | None:
    """The packed address of a text, with or without a port, brackets or a zone; None for what is no address."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.packed
    return address.packed


def unpack(packed: bytes) -> str:
    """The usual text of a packed address."""
    return str(ipaddress.ip_address(packed))


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> bytes | None:
    """The nearest address that no trusted proxy of ours has: X-Forwarded-For is read from its right end, and only as far
    as each hop was named by a proxy that is trusted. None where a trusted proxy passed on something that is no address."""
    address = pack(peer)
    hops = [hop for hop in forwarded_for.split(",") if hop.strip()]
    while hops and address is not None and _is_trusted(address, tuple(trusted)):
        address = pack(hops.pop())
    return address


@lru_cache(maxsize=4_096)
def _is_trusted(packed: bytes, trusted: tuple[Network, ...]) -> bool:
    address = ipaddress.ip_address(packed)
    return any(address in network for network in trusted if network.version == address.version)


def household_hash(secret: bytes, packed: bytes) -> bytes:
    """HMAC-SHA256 over the 4 bytes of an IPv4 address or the first 8 of an IPv6 one, under the tenant's secret."""
    return hmac.digest(secret, packed if len(packed) == 4 else packed[:8], "sha256")


def prefix(packed: bytes) -> str:
    """The network that is kept: /24 of IPv4, /48 of IPv6."""
    if len(packed) == 4:
        return f"{packed[0]}.{packed[1]}.{packed[2]}.0/24"
    return f"{ipaddress.IPv6Address(packed[:6] + bytes(10))}/48"


@dataclass(frozen=True, eq=False)
class IpClasses:
    """One version of the list of networks and their classes. The longest prefix wins; a list knows no household, so what
    stands in none is one. Without a list nothing is known."""

    version: str | None = None
    # (address length in bytes, prefix length in bits, class by the network's leading bits), longest prefix first.
    levels: tuple[tuple[int, int, dict[int, str]], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, version: str, networks: Iterable[tuple[Network, str]]) -> "IpClasses":
        levels: dict[tuple[int, int], dict[int, str]] = {}
        for network, ip_class in networks:
            size = network.max_prefixlen // 8
            bits = int(network.network_address) >> (size * 8 - network.prefixlen)
            levels.setdefault((size, network.prefixlen), {})[bits] = ip_class
        ordered = sorted(levels.items(), key=lambda level: -level[0][1])
        return cls(version, tuple((size, length, classes) for (size, length), classes in ordered))

    def judge(self, packed: bytes) -> str:
        if self.version is None:
            return "unknown"
        number, size = int.from_bytes(packed, "big"), len(packed)
        for level_size, length, classes in self.levels:
            if level_size == size:
                found = classes.get(number >> (size * 8 - length))
                if found is not None:
                    return found
        return "household"


def scrub(original: bytes) -> bytes:
    """The same bytes with every address in them cut to its prefix: what raw.quarantine may hold."""
    return _SHAPES.sub(_cut, original)


def _cut(match: re.Match[bytes]) -> bytes:
    packed = pack(re.sub("%3[Aa]", ":", match[0].decode("ascii")))
    return match[0] if packed is None else prefix(packed).partition("/")[0].encode()
