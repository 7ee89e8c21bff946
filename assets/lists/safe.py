"""The safe list: networks whose listeners are people although a list of data centres or VPNs holds them (section 1, rule 6)."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from assets.lib.clock import now
from assets.lists.versions import SAFE_FOR

WIDEST = {4: 16, 6: 32}


class SafeListError(ValueError):
    """The entry is none; the message says what was found and expected."""


@dataclass(frozen=True)
class SafeNetwork:
    """One entry; `is_stale`: validated over 90 days ago, and not applied."""

    network: str
    ip_class: str
    note: str
    validated_at: datetime
    validated_by: str
    is_stale: bool


def list_safe(connection: psycopg.Connection[Any]) -> list[SafeNetwork]:
    rows = connection.execute(
        "select network::text, ip_class, note, validated_at, validated_by from ops.safe_list where removed_at is null "
        "order by network"
    ).fetchall()
    oldest = now() - SAFE_FOR
    return [SafeNetwork(network, kind, note, at, who, at <= oldest) for network, kind, note, at, who in rows]


def add_safe(connection: psycopg.Connection[Any], text: str, note: str, who: str, ip_class: str = "corporate") -> str:
    """Add a network, or validate it anew; returns it as kept. Raises SafeListError."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise SafeListError(f"found {text!r}, expected a network such as 203.0.113.0/24") from error
    if network.prefixlen < WIDEST[network.version]:
        raise SafeListError(
            f"found {network}, expected nothing wider than /{WIDEST[network.version]}: name the networks one by one"
        )
    if not note.strip():
        raise SafeListError("found no note, expected why these listeners are people: give it as --note")
    connection.execute(
        "insert into ops.safe_list (network, ip_class, note, validated_by) values (%s, %s, %s, %s) on conflict (network) do update "
        "set ip_class = excluded.ip_class, note = excluded.note, validated_at = now(), validated_by = excluded.validated_by, "
        "removed_at = null",
        [str(network), ip_class, note.strip(), who],
    )
    return str(network)


def remove_safe(connection: psycopg.Connection[Any], text: str) -> None:
    """Take a network off the list; the row stays. Raises SafeListError."""
    done = connection.execute(
        "update ops.safe_list set removed_at = now() where network = %s::cidr and removed_at is null", [text.strip()]
    )
    if done.rowcount == 0:
        raise SafeListError(f"found no {text} on the safe list, expected one of its networks: `hostread lists safe` shows them")
