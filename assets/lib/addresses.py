"""Which addresses are on the public internet. Pure, and the same under every Python: the standard library's own answer
changed between versions (192.0.0.192, where one cloud keeps its metadata, was public to 3.11).

The rules: IANA's registries of special-purpose addresses (RFC 6890), and what clouds put outside of them.
"""

import ipaddress
from functools import lru_cache

from assets.lib.privacy import Address

_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        # A public address by its number, and one cloud's metadata and name server on every machine in it.
        "168.63.129.16/32",
    )
)  # fmt: skip
# IPv6 the other way round: only what IANA has given out as global unicast, without the transition and documentation ranges in it.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(network)
    # IETF's own with Teredo and ORCHID; documentation; 6to4 (its relays are gone, RFC 7526); documentation (RFC 9637).
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# ISATAP (RFC 5214): an IPv4 address in the last half of any prefix.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


@lru_cache(maxsize=4096)
def is_public(address: Address) -> bool:
    """Whether the address is on the public internet; an IPv6 one that carries an IPv4 one is judged by that one too."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64 or address.ipv4_mapped is not None:
        # How an IPv6-only machine reaches the IPv4 internet (RFC 6052), and how a dual-stack one writes it.
        return is_public(carried)
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP and not is_public(carried):
        return False
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NOT_PUBLIC_6)
