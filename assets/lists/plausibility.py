"""Is a publisher's new document believed? Pure. What is implausible is held, and the last good one goes on being used."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

Entry = Sequence[Any]
# A list that lost more than half, or grew tenfold, is more often a broken page than a changed world.
SMALLEST_SHARE = 0.5
LARGEST_GROWTH = 10.0
# Wider than any cloud: the whole of 0.0.0.0/0 in a list of data centres would end all counting.
WIDEST = {4: 8, 6: 19}
# Players as their makers document them: a list of bots that holds one of them would take the audience for machines.
LISTENERS = (
    "AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)",
    "Podcasts/1630.46 CFNetwork/1496.0.7 Darwin/23.5.0",
    "Spotify/8.9.42 Android/34 (SM-S911B)",
    "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)",
    "AntennaPod/3.4.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36",
)
# The public crawler list names this player; it is tried after the list of apps (docs/lists.md).
KNOWN_TO_OVERLAP = frozenset({"Overcast"})


def implausible(source_name: str, list_name: str, entries: Sequence[Entry], before: Sequence[Entry] | None) -> str | None:
    """Why a document is held, or None. `before` is what is used now; None: this is the first."""
    if not entries:
        return "found no entry, expected some: a publisher's list is never empty"
    if before:
        share = len(entries) / len(before)
        if share < SMALLEST_SHARE:
            return f"found {len(entries):,} entries after {len(before):,}, expected at least half as many: look at what is gone"
        if share > LARGEST_GROWTH:
            return f"found {len(entries):,} entries after {len(before):,}, expected at most ten times as many: look at what came"
    return _wide_network(entries) if list_name == "ip_ranges" else _taken_listener(source_name, entries)


def _wide_network(entries: Sequence[Entry]) -> str | None:
    for text, ip_class in entries:
        network = ipaddress.ip_network(text)
        if network.prefixlen < WIDEST[network.version]:
            return f"found {text} as {ip_class}, expected no network wider than /{WIDEST[network.version]}: it holds half the world"
        if not network.is_global:
            return f"found {text} as {ip_class}, expected public networks alone: nobody listens from there"
    return None


def _taken_listener(source_name: str, entries: Sequence[Entry]) -> str | None:
    judges_bots = [entry for entry in entries if source_name == "opawg_bots" or entry[2] == "bot"]
    for name, pattern, _ in judges_bots:
        compiled = re.compile(pattern)
        for agent in LISTENERS:
            if compiled.search(agent) and agent.partition("/")[0] not in KNOWN_TO_OVERLAP:
                return f"found the pattern {pattern!r} of {name!r}, which takes the player {agent.partition(' ')[0]} for a bot"
    return None
