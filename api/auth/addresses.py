"""The client's address, for rate limits alone: it is neither stored nor logged."""

import ipaddress
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from api.settings import Network


def client_address(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """The nearest stranger, by its network."""
    return _network(nearest_stranger(connection, trusted))


def nearest_stranger(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """The peer, or, where the peer is a trusted proxy, the last address in X-Forwarded-For that is none."""
    peer = connection.client.host if connection.client else ""
    hops = [hop.strip() for value in connection.headers.getlist("x-forwarded-for") for hop in value.split(",") if hop.strip()]
    while hops and is_within(peer, trusted):
        peer = hops.pop()
    return peer


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether a text is an address of one of the networks."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks if network.version == parsed.version)


def _network(address: str) -> str:
    """An IPv6 customer has a /64 to change addresses in: it counts as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)
