"""Connections that go only where they may: each address is judged, then that very address is connected to, and the peer that
the connection has is judged once more.

A name is resolved once, here: one that answers differently the second time (DNS rebinding) gains nothing, and nothing that is
refused ever sees a connection. No read, of a header or of a body, lasts past the deadline of the fetch that it serves.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from assets.lib.addresses import is_public
from assets.lib.privacy import Address, parse_address

WEB_PORTS = frozenset({80, 443})


class RefusedAddressError(OSError):
    """The name leads to an address that is not public, or the port is not one of the web's."""


@dataclass(frozen=True)
class Reach:
    """Where connections may go. `allow_private` opens every address and port (the demo); `networks` opens single private ones,
    in CIDR notation, on the allowed ports."""

    allow_private: bool = False
    ports: frozenset[int] = WEB_PORTS
    networks: tuple[str, ...] = ()

    def refusal(self, host: str, peer: Address) -> str | None:
        """Why `peer`, an address of `host`, is not connected to; None where it may be."""
        if self.allow_private or is_public(peer) or any(peer in network for network in _networks(self.networks)):
            return None
        return f"{host} leads to {peer}, which is not on the public internet"


@lru_cache(maxsize=64)
def _networks(networks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(network) for network in networks)


_deadline = threading.local()


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Within, no read of this thread lasts past `deadline` (of time.monotonic)."""
    _deadline.at = deadline
    try:
        yield
    finally:
        _deadline.at = None


def _shortened(timeout: float | None) -> float | None:
    at: float | None = getattr(_deadline, "at", None)
    if at is None:
        return timeout
    left = at - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left if timeout is None else min(timeout, left)


class _TimedSocket(socket.socket):
    """A server that sends a byte a second, in its headers too, would outlast any timeout of a single read."""

    def recv_into(self, *arguments: Any, **keywords: Any) -> int:
        self.settimeout(_shortened(self.gettimeout()))
        return super().recv_into(*arguments, **keywords)


class TimedSSLSocket(ssl.SSLSocket):
    def recv_into(self, *arguments: Any, **keywords: Any) -> int:
        self.settimeout(_shortened(self.gettimeout()))
        return super().recv_into(*arguments, **keywords)


def open_socket(reach: Reach, host: str, port: int, timeout: float | None = None) -> socket.socket:
    """A socket to the first address of `host` that answers. Raises RefusedAddressError where it comes to one that is refused."""
    if not reach.allow_private and port not in reach.ports:
        allowed = " and ".join(map(str, sorted(reach.ports)))
        raise RefusedAddressError(f"port {port} of {host}: only {allowed} are asked")
    last: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        _judge(reach, host, str(address[0]))
        candidate = _TimedSocket(family, kind, protocol)
        try:
            candidate.settimeout(_shortened(timeout))
            candidate.connect(address)
            _judge(reach, host, str(candidate.getpeername()[0]))
            return candidate
        except RefusedAddressError:
            candidate.close()
            raise
        except OSError as error:
            candidate.close()
            last = error
    raise last or OSError(f"the name {host} has no address")


def _judge(reach: Reach, host: str, address: str) -> None:
    if refusal := reach.refusal(host, parse_address(address)):
        raise RefusedAddressError(refusal)
