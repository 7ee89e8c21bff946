"""Connections to the warehouse, each under one of the platform's database roles."""

from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg

Role = Literal["ingest", "collector", "app", "transform", "reader", "operator"]


@dataclass(frozen=True)
class WarehouseUrl:
    """What a run needs to reach the warehouse and the outside; handed to the assets as the resource `warehouse`.

    `url` is a libpq URL of the one login role; `secret_key` opens sealed credentials; `allow_private_urls` lets the fetcher
    reach loopback and private addresses (the demo and tests only); `list_sources` names a file of list sources, `none` for no
    fetching at all, None for the publishers that come with the release.
    """

    url: str
    secret_key: str = field(repr=False)
    allow_private_urls: bool = False
    list_sources: str | None = None


def connect(url: str, role: Role = "ingest", *, autocommit: bool = False) -> psycopg.Connection[Any]:
    """A connection that acts as `hostread_<role>` in UTC. Raises psycopg.OperationalError where no server answers."""
    return psycopg.connect(
        url,
        autocommit=autocommit,
        connect_timeout=10,
        application_name=f"hostread {role}",
        options=f"-c role=hostread_{role} -c timezone=UTC",
    )
