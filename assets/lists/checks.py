"""Checks of the lists: what they say of known agents, whether publishers still speak, and what waits for a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import psycopg

from assets.hosting.counting.user_agent import make_classifier
from assets.hosting.lists import newest_agent_lists, newest_ip_ranges
from assets.lib.privacy import parse_address
from assets.lib.warehouse import WarehouseUrl, connect
from assets.lists.plausibility import LISTENERS
from assets.lists.safe import list_safe

LISTS = dg.AssetKey(["ops", "lists"])
# As their makers document them: whatever the lists, these are machines.
MACHINES = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/8.4.0",
    "",
)
# For documentation alone: no publisher's range holds it.
NOBODY = "203.0.113.1"


@dataclass(frozen=True)
class ListCheck:
    """One assertion on the lists: its severity, why it is made, and what breaks it in the database as it is."""

    name: str
    severity: dg.AssetCheckSeverity
    reason: str

    @property
    def spec(self) -> dg.AssetCheckSpec:
        return dg.AssetCheckSpec(self.name, asset=LISTS, description=self.reason)


CHECKS: Sequence[ListCheck] = (
    ListCheck(
        "players_are_no_bots",
        dg.AssetCheckSeverity.ERROR,
        "A list that takes a player for a bot ends the counting of its whole audience.",
    ),
    ListCheck("known_bots_are_bots", dg.AssetCheckSeverity.ERROR, "A list that lost its bots counts machines as listeners."),
    ListCheck(
        "ranges_do_not_hold_everybody",
        dg.AssetCheckSeverity.ERROR,
        "A list of data centres that holds any address rejects people.",
    ),
    ListCheck(
        "publishers_were_read_within_a_week",
        dg.AssetCheckSeverity.WARN,
        "A list of last month lets new clouds and bots through.",
    ),
    ListCheck("no_document_is_held", dg.AssetCheckSeverity.WARN, "A held document waits for a person: accept or refuse it."),
    ListCheck(
        "safe_networks_were_validated_within_90_days",
        dg.AssetCheckSeverity.WARN,
        "A stale safe network is not applied: its listeners are rejected until somebody validates it (domain rules, section 1).",
    ),
)


def broken(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """{check: what breaks it}, for each check."""
    classify, ranges = make_classifier(newest_agent_lists(connection)), newest_ip_ranges(connection)
    late = connection.execute(
        "select source_name, coalesce(last_error, 'never asked') from ops.list_sources where is_active and url is not null "
        "and coalesce(last_success_at, '-infinity') < now() - interval '7 days' order by source_name"
    ).fetchall()
    held = connection.execute(
        "select source_name || '@' || snapshot_version || ': ' || held_reason from ops.list_snapshots "
        "where status = 'held' order by 1"
    ).fetchall()
    nobody = ranges.classify(parse_address(NOBODY))
    return {
        "players_are_no_bots": [agent for agent in LISTENERS if classify(agent) == "bot"],
        "known_bots_are_bots": [agent or "(empty)" for agent in MACHINES if classify(agent) != "bot"],
        "ranges_do_not_hold_everybody": [f"{NOBODY} is {nobody}"] if nobody in ("datacenter", "vpn") else [],
        "publishers_were_read_within_a_week": [f"{name}: {error}" for name, error in late],
        "no_document_is_held": [text for (text,) in held],
        "safe_networks_were_validated_within_90_days": [entry.network for entry in list_safe(connection) if entry.is_stale],
    }


@dg.multi_asset_check(
    name="list_expectations", specs=[check.spec for check in CHECKS], can_subset=True, required_resource_keys={"warehouse"}
)
def list_expectations(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """The newest lists, judged by agents and addresses of which everybody knows what they are."""
    warehouse: WarehouseUrl = context.resources.warehouse
    with connect(warehouse.url, "ingest") as connection:
        found = broken(connection)
    for check in CHECKS:
        if dg.AssetCheckKey(LISTS, check.name) in context.selected_asset_check_keys:
            yield dg.AssetCheckResult(
                passed=not found[check.name],
                asset_key=LISTS,
                check_name=check.name,
                severity=check.severity,
                metadata={"reason": check.reason, "observed": ", ".join(found[check.name][:10]) or "as expected"},
            )
