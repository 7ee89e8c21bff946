"""Who may read `/metrics`: whoever bears the token where one is set, else the networks of a setting, by default this machine."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from api.auth.addresses import is_within, nearest_stranger
from api.settings import Network

NOT_ADMITTED = (
    "found neither the token of HOSTREAD_METRICS_TOKEN nor, without one, an address of HOSTREAD_METRICS_NETWORKS, expected one: "
    "set it where Prometheus runs"
)
# What a proxy adds: a request that bears one came from outside, whoever is the last to hand it on.
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Scrapers:
    """The settings that say who may: `token` unset, `networks`, and the proxies whose word on addresses is believed."""

    token: str | None
    networks: Sequence[Network]
    trusted_proxies: Sequence[Network]

    def admit(self, connection: HTTPConnection) -> bool:
        """Whether this request may read the metrics."""
        if self.token is not None:
            scheme, _, given = connection.headers.get("authorization", "").partition(" ")
            return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.token.encode())
        peer = connection.client.host if connection.client else ""
        if any(name in connection.headers for name in FORWARDED):
            is_told = "x-forwarded-for" in connection.headers and is_within(peer, self.trusted_proxies)
            if not is_told:
                return False
        return is_within(nearest_stranger(connection, self.trusted_proxies), self.networks)
