"""Rule 4 of section 1: what a user agent is. Match order: bots, apps, libraries, browsers; the first match wins.

The lists are versioned data: those in the opawg format where they were imported, else the crawler list of a package.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from itertools import groupby
from typing import Literal

Kind = Literal["bot", "app", "library", "browser", "unknown"]
LIST_KINDS: tuple[Kind, ...] = ("bot", "app", "library", "browser")
Classify = Callable[[str], Kind]
# Distinct agents remembered: a day's log of millions of lines has a few thousand.
MEMORY = 100_000
CHUNK = 25

# "bot", "crawler", … as a word or at a word's end (AcmeBot/1.0), but not the phone maker Cubot.
_NAMES_ITSELF = re.compile(r"(?<!cu)(?:bot|crawler|spider|scraper)s?(?![a-z])", re.IGNORECASE)
# The package lists a feed reader under a pattern that takes in the player of the same name.
_PLAYERS_THE_PACKAGE_NAMES = (r"^Overcast/(?!1\.0 Podcast Sync)",)


@dataclass(frozen=True)
class AgentLists:
    """One version of the lists: (what a match makes the agent, pattern), in the order in which they are tried."""

    version: str
    rules: Sequence[tuple[Kind, str]] = field(repr=False)


def names_itself_a_bot(user_agent: str) -> bool:
    return _NAMES_ITSELF.search(user_agent) is not None


def make_classifier(lists: AgentLists) -> Classify:
    """A memoised function from agent to kind. Raises re.error for a pattern that is none."""
    compiled = [
        (kind, chunk) for kind, group in groupby(lists.rules, key=lambda rule: rule[0]) for chunk in _compile([p for _, p in group])
    ]

    @lru_cache(maxsize=MEMORY)
    def classify(user_agent: str) -> Kind:
        if not user_agent.strip() or names_itself_a_bot(user_agent):
            return "bot"
        return next((kind for kind, chunk in compiled if chunk.search(user_agent)), "unknown")

    return classify


def packaged_lists() -> AgentLists:
    """The crawler list of the installed package: what judges where no list was ever imported."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA

    players: list[tuple[Kind, str]] = [("app", pattern) for pattern in _PLAYERS_THE_PACKAGE_NAMES]
    crawlers: list[tuple[Kind, str]] = [("bot", str(entry["pattern"])) for entry in CRAWLER_USER_AGENTS_DATA]
    browsers: list[tuple[Kind, str]] = [("browser", r"^Mozilla/\d")]
    return AgentLists(f"crawler-user-agents-{version('crawler-user-agents')}", [*players, *crawlers, *browsers])


def opawg_rule(list_kind: Kind, pattern: str, category: str | None) -> tuple[Kind, str]:
    """One opawg entry as a rule. A library of category `bot` is one that only programs use: what it names is a bot."""
    return ("bot" if list_kind == "library" and category == "bot" else list_kind), pattern


def _compile(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    """Joined by 25: one search for many patterns, and none so large that the engine slows down."""
    return [
        re.compile("|".join(f"(?:{pattern})" for pattern in patterns[at : at + CHUNK])) for at in range(0, len(patterns), CHUNK)
    ]
