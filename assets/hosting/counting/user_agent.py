"""Rule 4 of section 1: what a user agent is. Match order: bots, apps, libraries, browsers; the first match wins.

The lists are versioned data: those in the opawg format where they were fetched or imported, else what installed packages know.
"""

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Literal

from assets.lists import packaged

Kind = Literal["bot", "app", "library", "browser", "unknown"]
LIST_KINDS: tuple[Kind, ...] = ("bot", "app", "library", "browser")
Classify = Callable[[str], Kind]
# Distinct agents remembered: a day's log of millions of lines has a few thousand.
MEMORY = 100_000
CHUNK = 25
# The package's answers, in our words; what it takes for anything else is unknown.
DETECTED: dict[str, Kind] = {
    "mobile app": "app", "mediaplayer": "app", "feed reader": "app", "pim": "app", "library": "library", "browser": "browser",
}  # fmt: skip

# "bot", "crawler", … as a word or at a word's end (AcmeBot/1.0), but not the phone maker Cubot.
_NAMES_ITSELF = re.compile(r"(?<!cu)(?:bot|crawler|spider|scraper)s?(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class AgentLists:
    """One version of the lists: (what a match makes the agent, pattern), in the order in which they are tried.

    `detects`: what no pattern matches is asked of the package device-detector; so where there are no opawg lists.
    """

    version: str
    rules: Sequence[tuple[Kind, str]] = field(repr=False)
    detects: bool = False


def names_itself_a_bot(user_agent: str) -> bool:
    return _NAMES_ITSELF.search(user_agent) is not None


def make_classifier(lists: AgentLists, memory: int = MEMORY) -> Classify:
    """A function from agent to kind that remembers `memory` distinct agents. Raises re.error for a pattern that is none."""
    compiled = [
        (kind, chunk) for kind, group in groupby(lists.rules, key=lambda rule: rule[0]) for chunk in _compile([p for _, p in group])
    ]

    @lru_cache(maxsize=memory)
    def classify(user_agent: str) -> Kind:
        if not user_agent.strip() or names_itself_a_bot(user_agent):
            return "bot"
        matched = next((kind for kind, chunk in compiled if chunk.search(user_agent)), None)
        return matched or (_detect(user_agent) if lists.detects else "unknown")

    return classify


def packaged_lists() -> AgentLists:
    """What judges where no list was ever fetched or imported: the installed crawler list, then the installed detector."""
    players: list[tuple[Kind, str]] = [("app", pattern) for _, pattern, _ in packaged.PLAYERS_THE_CRAWLERS_NAME]
    crawlers: list[tuple[Kind, str]] = [("bot", str(pattern)) for _, pattern, _ in packaged.crawlers()]
    browsers: list[tuple[Kind, str]] = [("browser", pattern) for _, pattern, _ in packaged.BROWSERS]
    version = f"{packaged.crawler_version()}+{packaged.detector_version()}"
    return AgentLists(version, [*players, *crawlers, *browsers], detects=True)


def opawg_rule(list_kind: Kind, pattern: str, category: str | None) -> tuple[Kind, str]:
    """One opawg entry as a rule. A library of category `bot` is one that only programs use: what it names is a bot."""
    return ("bot" if list_kind == "library" and category == "bot" else list_kind), pattern


def _detect(user_agent: str) -> Kind:
    """The package's word on one agent, asked for in a thread that lives as long as the process.

    The package's YAML reader ends the whole process where a second thread loads what a first one, gone since, began to load.
    """
    return _detector(os.getpid()).submit(_detected, user_agent).result()


@lru_cache(maxsize=1)
def _detector(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="detector")


def _detected(user_agent: str) -> Kind:
    """Browsers are known before: the package's thousand patterns of them take 8 s to compile."""
    from device_detector.device_detector import PIM, FeedReader, Library, MediaPlayer, MobileApp

    for parser in (FeedReader, MobileApp, MediaPlayer, PIM, Library):
        found = parser(user_agent, None, os_details={}).parse()
        if found.ua_data:
            return DETECTED.get(str(found.dtype()), "unknown")
    return "unknown"


def _compile(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    """Joined by 25: one search for many patterns, and none so large that the engine slows down."""
    return [
        re.compile("|".join(f"(?:{pattern})" for pattern in patterns[at : at + CHUNK])) for at in range(0, len(patterns), CHUNK)
    ]
