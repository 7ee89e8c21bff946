"""What judges where nothing was ever fetched or imported: installed packages, and a dated seed of published ranges."""

import csv
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

Entry = list[Any]
DATA = Path(__file__).with_name("data")
SEED = DATA / "ip_ranges_seed.csv"
# The day on which the seed's ranges were read; the file says where.
SEED_DATE = "2026-11-21"
PLAYERS = DATA / "preloading_players.csv"
# The crawler package lists a feed reader under a pattern that takes in the player of the same name.
PLAYERS_THE_CRAWLERS_NAME: list[Entry] = [["Overcast", r"^Overcast/(?!1\.0 Podcast Sync)", None]]
BROWSERS: list[Entry] = [["any browser", r"^Mozilla/\d", None]]


def crawler_version() -> str:
    return f"crawler-user-agents-{version('crawler-user-agents')}"


def detector_version() -> str:
    return f"device-detector-{version('device-detector')}"


@lru_cache(maxsize=1)
def crawlers() -> list[Entry]:
    """[name, pattern, 'bot'] of each crawler that the installed package lists (MIT)."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA

    return [[str(entry.get("url") or entry["pattern"]), str(entry["pattern"]), "bot"] for entry in CRAWLER_USER_AGENTS_DATA]


def preloading_players() -> list[Entry]:
    """[beginning of the agent, source, validated on (ISO date)]."""
    with PLAYERS.open(encoding="utf-8", newline="") as file:
        return [[row["user_agent_prefix"], row["source"], row["validated_on"]] for row in csv.DictReader(file)]


@lru_cache(maxsize=1)
def seeded_ranges() -> dict[str, list[Entry]]:
    """{source: [[network, class], …]}: the largest ranges of some publishers, as they were on SEED_DATE."""
    found: dict[str, list[Entry]] = {}
    with SEED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            found.setdefault(row["source_name"], []).append([row["network"], row["ip_class"]])
    return found
