"""Connections that go only where they may: each address is judged, and then that very address is connected to.

The name is resolved once, here: a name that answers differently the second time (DNS rebinding) gains nothing, and nothing
that is refused ever sees a connection.
"""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import DEFAULT_POOLBLOCK, HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from assets.lib.privacy import Address, parse_address

WEB_PORTS = frozenset({80, 443})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class RefusedAddressError(OSError):
    """The name leads to an address that is not public, or the port is not one of the web's."""


def is_public(address: Address) -> bool:
    """Whether the address is on the public internet; an IPv6 one that carries an IPv4 one is judged by that one too."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            # How an IPv6-only machine reaches the IPv4 internet: judged by the address within.
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        carried = [address.sixtofour, *(address.teredo or ())]
        if address.is_site_local or not all(is_public(inner) for inner in carried if inner is not None):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def open_public_socket(host: str, port: int, timeout: Any, source_address: Any, options: Any) -> socket.socket:
    """A socket to the first public address of `host` that answers. Raises RefusedAddressError where one is not public."""
    last: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        peer = parse_address(str(address[0]))
        if not is_public(peer):
            raise RefusedAddressError(f"{host} leads to {peer}, which is not on the public internet")
        candidate = socket.socket(family, kind, protocol)
        try:
            for option in options or ():
                candidate.setsockopt(*option)
            if isinstance(timeout, int | float):
                candidate.settimeout(timeout)
            if source_address:
                candidate.bind(source_address)
            candidate.connect(address)
            return candidate
        except OSError as error:
            candidate.close()
            last = error
    raise last or OSError(f"the name {host} has no address")


def _guarded(connection: Any) -> socket.socket:
    if connection.port not in WEB_PORTS:
        raise RefusedAddressError(f"port {connection.port} of {connection.host}: only 80 and 443 are asked")
    try:
        return open_public_socket(
            connection.host.strip("[]"), connection.port, connection.timeout, connection.source_address, connection.socket_options
        )
    except RefusedAddressError:
        raise
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    except OSError as error:
        raise NewConnectionError(connection, f"no connection to {connection.host}: {error}") from error


class _PublicHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(self)


class _PublicHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(self)


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = DEFAULT_POOLBLOCK, **keywords: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **keywords)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}


def new_session(allow_private: bool) -> requests.Session:
    """A session without retries, cookies kept or proxies from the environment (a proxy would resolve names for us)."""
    session = requests.Session()
    session.trust_env = False
    make: Callable[..., HTTPAdapter] = HTTPAdapter if allow_private else _PublicAdapter
    for scheme in ("http://", "https://"):
        session.mount(scheme, make(max_retries=0, pool_maxsize=4))
    return session
